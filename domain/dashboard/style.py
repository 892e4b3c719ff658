"""How the page looks: one style for light and dark, for a telephone and for a wall, and for paper."""

from __future__ import annotations

LIGHT = """
  --ground: #faf9f6; --sheet: #ffffff; --ink: #1f2225; --soft: #595e64; --rule: #e3e0d9; --track: #e9e6df;
  --good: #1d6b50; --warned: #8a5a00; --bad: #a5301f; --accent: #1d6b50; --under-way: #3a6ea8; --stuck: #b5402c;
  --later: #a39c90; --area: #1d6b5022;
"""
DARK = """
  --ground: #15171a; --sheet: #1c1f23; --ink: #e7e5e0; --soft: #a4a9af; --rule: #30343a; --track: #2d3137;
  --good: #6cc3a0; --warned: #e0b04f; --bad: #f08d7c; --accent: #55b38f; --under-way: #76a5de; --stuck: #e57864;
  --later: #757b83; --area: #55b38f2b;
"""
STYLE = (
    """
:root {"""
    + LIGHT
    + """  color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root {"""
    + DARK
    + """} }
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 68rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, dl, dd, figure { margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -.01em; margin-bottom: .75rem; }
h3 { font-size: 1.0625rem; line-height: 1.35; }
h4 { font-size: .9375rem; margin-top: 1.25rem; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--under-way); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -200vw; background: var(--sheet); padding: .5rem 1rem; }
.skip:focus { left: 1rem; top: .5rem; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.small { color: var(--soft); font-size: .875rem; font-weight: 400; }
.empty { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .75rem; font-size: .9375rem; }
nav a { padding: .25rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
.glance { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .75rem;
  margin: 1.5rem 0 0; }
.glance li { background: var(--sheet); border: 1px solid var(--rule); border-radius: .5rem; padding: .75rem;
  display: flex; flex-direction: column; }
.glance .name { font-size: .875rem; color: var(--soft); }
.glance b { font-size: 1.1875rem; line-height: 1.6; font-weight: 600; }
section { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
section > * + h3 { margin-top: 1.5rem; margin-bottom: .5rem; }
article + article { margin-top: 2.5rem; }
.sides { display: grid; gap: 1.5rem 3rem; margin-top: .75rem; align-items: start; }
.sides > * { min-width: 0; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 0 3rem; }
table { width: 100%; border-collapse: collapse; position: relative; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--rule);
  font-weight: 400; }
thead th { border-top: 0; font-size: .8125rem; color: var(--soft); padding-bottom: .25rem; overflow-wrap: normal; }
tr > :last-child { padding-right: 0; }
th .small, td .small { display: block; }
.phases td { width: 4rem; text-align: right; }
.phases thead th:last-child { text-align: right; }
.status { white-space: nowrap; }
p > .status { white-space: normal; }
.sign { display: inline-block; width: 1.15em; font-size: .9em; }
.good { color: var(--good); } .warned { color: var(--warned); } .bad { color: var(--bad); }
.quiet { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem 1.5rem;
  margin: .75rem 0; }
dt { font-size: .875rem; color: var(--soft); }
ul { padding-left: 1.1rem; }
.cards, .tasks { list-style: none; padding: 0; }
.cards { display: grid; gap: .75rem; }
.cards li { background: var(--sheet); border: 1px solid var(--rule); border-left: 4px solid var(--warned);
  border-radius: .375rem; padding: .75rem 1rem; }
.cards b { font-weight: 600; }
.tasks li { padding: .3rem 0; border-top: 1px solid var(--rule); display: grid; grid-template-columns: auto 1fr; }
.tasks li:first-child { border-top: 0; }
code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: .9375em; }
.id { color: var(--soft); min-width: 2.75rem; padding-right: .5rem; }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; width: fit-content; }
details[open] > summary { margin-bottom: .25rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; color: var(--soft);
  margin-top: .25rem; }
.legend { white-space: nowrap; }
.key { width: 12px; height: 12px; vertical-align: -1px; margin-right: .35rem; }
.key.wide { width: 18px; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { font-size: 11px; fill: var(--soft); }
.chart .lane { fill: var(--ink); }
.bar { display: block; width: 100%; height: .4rem; border-radius: .2rem; margin: .35rem 0 .2rem; }
.interval { display: block; width: 7rem; height: .75rem; margin-left: -.25rem; }
.track { fill: var(--track); }
.rule { stroke: var(--rule); stroke-width: 1; vector-effect: non-scaling-stroke; }
.is-complete { fill: var(--accent); } .is-in_progress { fill: var(--under-way); }
.is-blocked { fill: var(--stuck); } .is-deferred { fill: var(--later); }
.area { fill: var(--area); }
.curve { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.is-total { stroke: var(--soft); stroke-dasharray: 5 4; } .is-done { stroke: var(--accent); }
.mark { stroke-width: 1.5; stroke: var(--ground); }
.is-healed { fill: var(--good); } .is-asked { fill: var(--warned); } .is-escalated { fill: var(--under-way); }
.is-stopped { stroke: var(--bad); stroke-width: 2.5; fill: none; }
.range { fill: var(--under-way); opacity: .55; } .rate { fill: var(--ink); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft);
  font-size: .875rem; }
@media (min-width: 44rem) {
  body { padding: 2.5rem 2rem 4rem; }
  .glance { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .glance li { padding: .75rem 1rem; }
  .glance b { font-size: 1.5rem; line-height: 1.4; }
  .sides { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .sides .chart text { font-size: 9px; }
  section > figure { max-width: 52rem; }
  section > figure .chart text { font-size: 5.75px; }
  .chart .mark { transform: scale(.6); }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media (forced-colors: active) { .bar, .mark, .rate, .range { forced-color-adjust: none; } }
@media print { .skip, nav { display: none; } body { max-width: none; padding: 0; } section { break-inside: avoid; } }
"""
)
