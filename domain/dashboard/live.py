"""What a page that is served live has besides: a script that looks for a newer one and puts it in its place."""

from __future__ import annotations

EVERY = 4  # seconds between two looks

# What is open stays open, what has the focus keeps it; only that the server has gone, or is back, is announced.
SCRIPT = (
    """
"use strict";
const told = document.getElementById("live");
let tag = "", text = "";
async function newer() {
  const answer = await fetch(location.href, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  tag = answer.headers.get("ETag") || "";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.querySelector("main");
  const newest = main.innerHTML;
  if (newest !== text) show(page, main);
  text = newest;
}
function show(page, main) {
  const open = new Set([...document.querySelectorAll("details[open]")].map(each => each.id));
  const focus = document.activeElement.closest("details");
  for (const each of main.querySelectorAll("details")) each.open = open.has(each.id);
  document.querySelector("main").replaceChildren(...main.childNodes);
  document.getElementById("at").replaceWith(page.getElementById("at"));
  document.title = page.title;
  if (focus) document.getElementById(focus.id)?.querySelector("summary").focus();
}
function say(words) {
  if (told.textContent !== words) told.textContent = words;
}
async function look() {
  if (!document.hidden) await newer().then(() => say("Live"), () => say("Not live just now"));
  setTimeout(look, """
    + str(EVERY * 1000)
    + """);
}
text = document.querySelector("main").innerHTML;
look();
"""
)
