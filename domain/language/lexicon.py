"""The closed vocabulary: which words carry which meaning. A synonym is one word more on one line here.

Words of a line mean the same. `_` joins the words of a phrase ("wrap_up"; its parts may stand apart: "wrap 1.5 up").
The first word of a line is its plain one: a sentence of plain words only was read literally. A word on two lines has
both meanings and the sentence decides. Articles are gone before phrases are looked up.
"""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# --- verbs: every form of a verb follows from its base and IRREGULAR ------------------------------------------------

VERBS = {
    # what they do to a status stands in STATUS_OF
    "complete": "complete finish close close_out close_off wrap_up tick_off check_off cross_off sign_off finish_off "
    "finish_up knock_out knock_off polish_off ship deliver resolve conclude finalise finalize accomplish land nail "
    "wind_up round_off sort_out mark_off strike_off put_to_bed be_done_with get_done_with be_through_with "
    "bring_to_completion fulfil achieve wrap",
    "start": "start begin commence kick_off pick_up resume initiate launch tackle dive_into get_going_on "
    "get_going_with get_started_on get_started_with get_cracking_on make_start_on jump_on jump_into begin_work_on "
    "begin_working_on start_work_on start_working_on start_with begin_with crack_on_with get_to_work_on "
    "get_working_on continue continue_with proceed_with carry_on_with activate start_on start_off restart "
    "get_rolling_on get_moving_on set_in_motion set_to_work_on get_on_with get_stuck_into embark_on undertake "
    "take_up resume_work_on pick_back_up start_up get_underway_with",
    "work": "work_on work",
    "block": "block stall impede obstruct hold_up gate",
    "unblock": "unblock unstick free_up clear_block lift_block remove_block clear_blocker remove_blocker "
    "lift_blocker resolve_blocker resolve_block take_off_hold clear_blockage remove_blockage clear_block_on "
    "take_block_off clear_impediment remove_impediment un_block release",
    "defer": "defer postpone park shelve put_off push_back push_out delay put_on_ice put_aside set_aside backburner "
    "put_on_hold hold_off hold_off_on mothball suspend pause push_off snooze hold put_on_back_burner "
    "move_to_back_burner leave_for_later save_for_later keep_for_later do_later kick_down_road table put_in_freezer "
    "freeze stash punt punt_on wait_with sit_on deprioritise deprioritize stick_on_ice place_on_hold set_on_hold "
    "keep_on_hold adjourn",
    "cancel": "cancel abandon drop scrap call_off ditch axe nix kill kill_off strike abort scratch void write_off "
    "give_up_on withdraw descope discontinue scuttle pull_plug_on",
    "reopen": "reopen reinstate reactivate revive resurrect uncomplete unfinish uncancel undefer unclose bring_back "
    "open_again open_back_up unpark unshelve re_open bring_back_to_life",
    "pend": "unstart reset put_back",
    # the plain setting of anything
    "set": "set consider count regard note mark change update make put get have turn switch flip flag record "
    "register give move bring take adjust edit modify toggle declare call bump push return revert send label log "
    "shift consider_it keep transition advance place treat show_as leave_as enter note_down set_down put_down "
    "jot_down amend alter let_be move_back go go_to",
    "add": "add throw register enter record log extend create insert append include new open_up set_up schedule "
    "introduce make want need put start tack_on tack draw_up define spin_up slot_in throw_in stick bring_in file "
    "jot_down "
    "write_down give add_in open plan have",
    "split": "split break break_down break_up divide decompose",
    "delete": "delete remove erase destroy trash purge wipe eliminate get_rid_of throw_away throw_out take_out "
    "discard nuke bin obliterate dispose_of do_away_with chuck zap drop strike cut scratch lose take pull yank "
    "wipe_out take_off clear_out rip_out kick_out toss expunge",
    "clear": "clear blank_out wipe_out clear_out remove unset empty blank drop delete erase strip take take_off wipe "
    "cancel get_rid_of reset lift discard cut",
    "move": "move shift transfer relocate bring send push pull put migrate reassign place drag take slide carry "
    "carry_over bring_forward bring_across move_across take_across carry_across send_across pull_forward push_down "
    "reparent rehome go live_in live belong go_to sit stick slot drop move_over switch",
    "reorder": "reorder make move put place rank sort shift bring push drag bump slot position come go sit list do "
    "send",
    "rename": "rename retitle name call reword relabel rephrase title rechristen entitle",
    "assign": "assign give hand delegate allocate reassign hand_over pass pass_to set make put transfer appoint "
    "let_have designate entrust allot hand_off pass_on have move switch turn_over leave_to name get grant",
    "unassign": "unassign deassign disown release free take_off take remove_from drop",
    "own": "own have take take_over handle take_on look_after be_responsible_for be_owner_of be_in_charge_of lead do "
    "head_up run take_care_of take_charge_of claim",
    "belong": "belong_to",
    "tick": "tick put_tick_next_to put_tick_on put_checkmark_on put_check_on put_tick_in check tick_off check_off "
    "mark cross_off cross_out complete finish close",
    "untick": "untick take_back_tick withdraw_tick deselect unselect take_tick_off take_off_tick take_tick_off_of "
    "remove_tick_on "
    "remove_check_from uncheck clear unmark un_tick un_check remove_tick_from clear_tick_on reopen uncross",
    "depend": "depend rely hinge depend_on rely_on hinge_on build_on rest_on wait_for wait_on need require "
    "be_dependent_on be_contingent_on presuppose be_gated_by gated_by",
    "link": "link chain tie connect add_link",
    "unlink": "unlink no_longer_depends_on no_longer_depend_on no_longer_needs no_longer_need no_longer_requires "
    "no_longer_require no_longer_waits_for no_longer_waits_on no_longer_depending_on stop_depending_on "
    "independent_of no_longer_depend no_longer_rely_on no_longer_relies_on decouple unchain disconnect untie detach "
    "free separate",
    "attach": "attach add link log record upload save submit provide register append file include supply put back_up "
    "support document prove enter store capture",
    "verify": "verify vet stamp put_stamp_of_approval_on confirm validate approve certify vouch_for attest sign_off "
    "accept double_check",
    "note": "note comment remark jot jot_down write write_down annotate remember mention record log scribble "
    "put_down observe",
    "label": "label tag categorise categorize mark flag classify",
    "unlabel": "unlabel untag",
    "replace": "replace swap substitute",
    "meet": "meet live_up_to satisfy fulfil fulfill tick check mark pass complete accept",
    "unmeet": "unmeet untick uncheck unmark reject no_longer_met fail violate miss unmet not_fulfilled "
    "no_longer_satisfied no_longer_fulfilled no_longer_meet no_longer_meets no_longer_holds no_longer_hold not_met "
    "not_satisfied "
    "withdraw break unfulfil",
    "raise": "raise bump increase escalate up promote lift upgrade prioritise prioritize elevate heighten bump_up "
    "push_up turn_up raise_to lower drop decrease reduce downgrade deprioritise deprioritize demote lessen turn_down "
    "bump_down dial_down knock_down bring_down bring_up crank_up",
    "schedule": "schedule due reschedule plan date set move postpone extend push push_back shift bring_forward aim "
    "target delay",
    "estimate": "estimate size guess rate",
    "describe": "describe document explain",
    "undo": "undo unwind put_it_back_how_it_was put_it_back_how_it_was_before put_it_back_as_it_was "
    "put_it_back_way_it_was revert roll_back rollback take_back reverse undo_that back_out step_back go_step_back "
    "go_one_step_back go_back_one_step go_back_step ctrl_+_z cmd_+_z ctrl_z roll_back_one_step take_back_last",
    "redo": "redo replay reapply repeat re_do redo_that redo_it do_it_again do_that_again redo_undo redo_last_undo "
    "undo_undo undo_last_undo go_one_step_forward go_forward_one_step go_step_forward step_forward roll_forward "
    "ctrl_+_y ctrl_y cmd_+_y put_back_undone restore reinstate",
    # reads
    "show": "show trace put_up display view print see present give tell get read let_me_see pull_up bring_up open "
    "look_at "
    "take_look_at look_into inspect describe output check review summarise summarize recap fetch dump let_me_have "
    "show_off share report see_about",
    "list": "list enumerate ls show_list itemise itemize",
    "search": "search find look_for search_for look_up locate grep hunt_for seek find_me hunt_down track_down",
    "sync": "sync align synchronise synchronize resync synch re_sync bring_into_sync bring_in_sync reconcile",
    "regenerate": "regenerate redo rebuild redraw render rerender refresh recreate regen generate rewrite re_render "
    "write update build produce build_again print reprint",
    "validate": "validate check lint verify run_validation validation sanity_check audit inspect run_validator test",
    "health": "health self-check self-test check-up checkup selfcheck self_check self_test healthy health_check "
    "healthcheck doctor diagnose diagnostics vitals wellbeing status_of_tool",
    "help": "help assist explain teach",
    "import": "import take_over fetch read migrate turn load ingest read_in bring_in pull_in convert",
    "init": "init initialise initialize",
    "suggest": "suggest recommend propose",
}

STATUS_OF = {
    "complete": "complete",
    "start": "in_progress",
    "work": "in_progress",
    "block": "blocked",
    "unblock": "in_progress",
    "defer": "deferred",
    "cancel": "cancelled",
    "reopen": "pending",
    "pend": "pending",
}

IRREGULAR = {  # base: past, participle, -ing where the rule fails
    "begin": "began begun beginning",
    "get": "got gotten getting",
    "put": "put put putting",
    "set": "set set setting",
    "reset": "reset reset resetting",
    "hold": "held held holding",
    "take": "took taken taking",
    "undertake": "undertook undertaken undertaking",
    "make": "made made making",
    "give": "gave given giving",
    "bring": "brought brought bringing",
    "send": "sent sent sending",
    "throw": "threw thrown throwing",
    "write": "wrote written writing",
    "rewrite": "rewrote rewritten rewriting",
    "drop": "dropped dropped dropping",
    "ship": "shipped shipped shipping",
    "wrap": "wrapped wrapped wrapping",
    "scrap": "scrapped scrapped scrapping",
    "tag": "tagged tagged tagging",
    "untag": "untagged untagged untagging",
    "slot": "slotted slotted slotting",
    "drag": "dragged dragged dragging",
    "bin": "binned binned binning",
    "chuck": "chucked chucked chucking",
    "flag": "flagged flagged flagging",
    "flip": "flipped flipped flipping",
    "strip": "stripped stripped stripping",
    "plan": "planned planned planning",
    "cut": "cut cut cutting",
    "nix": "nixed nixed nixing",
    "abort": "aborted aborted aborting",
    "open": "opened opened opening",
    "reopen": "reopened reopened reopening",
    "cancel": "cancelled canceled cancelling canceling",
    "label": "labelled labeled labelling labeling",
    "unlabel": "unlabelled unlabeled unlabelling",
    "relabel": "relabelled relabeled relabelling",
    "defer": "deferred deferred deferring",
    "transfer": "transferred transferred transferring",
    "let": "let let letting",
    "find": "found found finding",
    "tell": "told told telling",
    "see": "saw seen seeing",
    "show": "showed shown showing",
    "read": "read read reading",
    "undo": "undid undone undoing",
    "redo": "redid redone redoing",
    "do": "did done doing",
    "have": "had had having has",
    "be": "was been being is are were am",
    "go": "went gone going goes",
    "meet": "met met meeting",
    "run": "ran run running",
    "lead": "led led leading",
    "stick": "stuck stuck sticking",
    "strike": "struck stricken striking",
    "sit": "sat sat sitting",
    "tie": "tied tied tying",
    "lose": "lost lost losing",
    "come": "came come coming",
    "permit": "permitted permitted permitting",
    "freeze": "froze frozen freezing",
    "build": "built built building",
    "rebuild": "rebuilt rebuilt rebuilding",
    "redraw": "redrew redrawn redrawing",
    "leave": "left left leaving",
    "keep": "kept kept keeping",
    "submit": "submitted submitted submitting",
    "date": "dated dated dating",
    "due": "",
    "healthy": "",
    "self-check": "",
    "self-test": "",
    "check-up": "",
    "checkup": "",
    "health": "",
    "diagnostics": "",
    "vitals": "",
    "validation": "",
    "run_validation": "",
    "wellbeing": "",
    "table": "tabled tabled tabling",
}

# --- words for values -----------------------------------------------------------------------------------------------

STATUSES = {
    "complete": "complete done completed finished closed shipped resolved all_done fixed merged deployed released "
    "implemented solved sorted handled over finito taken_care_of dealt_with out_door in_bag wrapped_up ticked_off "
    "over_and_done_with all_set through out_of_way in_can dusted done_and_dusted completely_done landed delivered "
    "finalised finalized live accomplished off_my_plate full_done 100% 100_percent in_place behind_us "
    "no_more_work_left achieved concluded complete_now checked_off",
    "in_progress": "in_progress into_progress in_process wip started underway under_way ongoing active in_flight "
    "in_works being_worked_on picked_up kicked_off doing working work_in_progress in_motion running going begun "
    "moving in_development progressing being_done current up_and_running rolling in_hand in_work inprogress "
    "in_review under_review in_testing on_it",
    "blocked": "blocked stuck waiting stalled held_up impeded hung_up jammed at_standstill obstructed hampered "
    "in_limbo awaiting",
    "deferred": "deferred on_hold parked postponed shelved later on_ice on_back_burner backburnered put_off "
    "pushed_back suspended paused for_later on_shelf delayed on_pause backburner someday",
    "cancelled": "cancelled canceled abandoned dropped scrapped called_off wont_do will_not_do wontfix will_not_fix "
    "no_longer_needed no_longer_necessary no_longer_relevant not_needed_anymore not_needed_any_more "
    "no_longer_required no_longer_be_needed not_needed not_necessary not_required will_no_longer_be_needed "
    "will_not_be_needed not_going_ahead not_happening will_not_happen not_going_to_happen not_doing obsolete void "
    "aborted out_of_scope dead killed axed off_table moot redundant descoped won't_do",
    "pending": "pending todo to_do open unstarted queued in_backlog backlog back_in_backlog in_queue back_in_queue "
    "new untouched "
    "to_be_done not_started up_for_grabs outstanding not_yet_started not_started_yet not_done not_finished undone "
    "fresh incomplete unfinished",
    "unblocked": "unblocked no_longer_blocked no_longer_stuck no_longer_waiting no_longer_on_hold "
    "not_blocked_anymore not_blocked_any_more off_hold free_again no_longer_held_up no_longer_stalled free_to_go "
    "clear_to_go not_stuck_anymore not_stuck_any_more",
    "reopened": "reopened back_open open_again",
}
STATUS_ALIASES = {"unblocked": "in_progress", "reopened": "pending"}

PRIORITIES = {
    "low": "low minor lowest trivial p3 p4 lo",
    "medium": "medium normal med moderate average mid standard ordinary p2 regular",
    "high": "high important hi major p1 higher",
    "critical": "critical urgent top highest crit p0 utmost super_high very_high top_notch",
}

FIELDS = {
    "status": "status state stat",
    "priority": "priority prio importance urgency priorities",
    "assignee": "assignee owner responsible owners assignment ownership assignees person_responsible "
    "responsible_person person_in_charge accountable",
    "due": "due due_date deadline date due_by due_on due_for target_date end_date due_dates deadlines delivery_date "
    "finish_date finish_by",
    "labels": "labels label tag tags",
    "estimate": "estimate effort size estimation points story_points",
    "description": "description desc details blurb",
    "title": "title name heading wording names",
    "reason": "reason",
}

NOUNS = {
    "task": "task item ticket issue todo job card story one thing work_item entry to_do action_item piece_of_work "
    "action stuff",
    "tasks": "tasks items tickets issues todos jobs cards stories ones things work_items entries to_dos action_items "
    "work actions deliverables",
    "subtask": "subtask box sub_task checkbox step child_task checklist_item child tickbox",
    "subtasks": "subtasks boxes sub_tasks checkboxes steps child_tasks checklist_items children checklist tickboxes",
    "phase": "phase stage section",
    "phases": "phases stages sections",
    "tracker": "tracker plan project board workbook",
    "trackers": "trackers plans projects boards",
    "initiative": "initiative",
    "note": "note manual_note comment remark memo annotation notes comments remarks",
    "evidence": "evidence proof artifact artefact attachment evidences exhibit",
    "criterion": "criterion acceptance_criterion criteria acceptance_criteria acceptance_test_criterion ac "
    "definition_of_done",
    "dependency": "dependency prerequisite prereq dependencies prerequisites prereqs requirement precondition "
    "predecessor link relation",
    "history": "history log activity changelog journal audit_trail timeline change_log trail past events",
    "change": "change action command edit changes edits actions commands step steps operation thing modification",
    "progress": "progress overview summary on_track overall status_report standing dashboard completion percentage "
    "percent stats statistics burndown status_overview state_of_play report big_picture score",
    "people": "people team persons members owners assignees colleagues everybody",
    "page": "markdown page view md document markdown_page markdown_file html readme render",
    "list": "list lists",
    "date": "day",
    "file": "file path document link url screenshot reference file_reference",
    "output": "output command_output test_output log terminal_output result results test_result test_results command "
    "run",
    "blocker": "blocker blockers block blockage impediment impediments bottleneck bottlenecks hurdle obstacle "
    "obstacles",
    "next": "next",
    "overdue": "overdue late past_due behind_schedule",
    "ready": "ready startable",
    "recent": "recent latest recently newest",
    "help": "help usage manual instructions tutorial syntax examples commands docs documentation cheatsheet options",
    "validity": "validator validation errors problems integrity consistency schema",
}

QUANTIFIERS = {
    "all": "all whatever anything every each everything entire whole complete_set_of anything_in full",
    "rest": "rest remaining remainder others leftover what_is_left whats_left remaining_work rest_of whatever_is_left",
}

PREPOSITIONS = {
    "to": "to back_to into onto towards toward over_to",
    "in": "in among under within inside underneath beneath below_phase",
    "on": "on upon onto against",
    "of": "of",
    "for": "for",
    "from": "from off out_of away_from",
    "by": "by",
    "with": "with using via",
    "as": "as as_being",
    "at": "at",
    "about": "about regarding concerning around",
    "before": "before above ahead_of in_front_of prior_to",
    "after": "after below behind following right_after directly_after just_after underneath",
    "until": "until till",
    "since": "since",
    "between": "between",
}

# --- words that decide the mood (mood.py) ---------------------------------------------------------------------------

MOODS = {
    "not": "not never nor neither hardly barely scarcely avoid refrain cannot stop_short",
    "without": "without",
    "no": "no nope nah",
    "leave": "leave ignore skip spare keep_off hands_off stay_away_from",
    "if": "if unless when whenever as_soon_as provided providing assuming in_case supposing on_condition in_event "
    "depending contingent suppose imagine pretend hypothetically what_if so_long_as as_long_as only_after once_that "
    "whether",
    "once": "once while",
    "will": "will shall going_to about_to plan_to planning_to intend_to aim_to hoping_to hope_to plans_to intends_to "
    "planned_to expect_to expects_to expected_to scheduled_to tomorrow soon eventually next_week next_month someday "
    "later_today tonight this_evening later_on in_future sometime is_to are_to next_sprint next_quarter next_year "
    "due_to_be remind planning_on",
    "maybe": "maybe think thinks thought guess guesses suppose believe believes believed probably perhaps might may "
    "could would seems seem seemed appears appear apparently presumably hopefully almost nearly unsure roughly "
    "sort_of kind_of more_or_less practically basically half mostly partly partially likely afaik imo imho wonder "
    "doubt doubtful suspect reckon pretty_much looks_like sounds_like feels_like look_like looks virtually possibly "
    "supposedly allegedly unclear uncertain assume figure expect arguably imagine ish tbd somewhat feel nearly_done "
    "unlikely sounds halfway close_to not_sure try attempt conceivably supposed quite_possibly rumour rumor",
    "said": "said says say told mentioned mentions claims claimed reports reported wrote writes heard announced "
    "announces according confirmed confirms asked asks requested wants wanted suggested suggests insists insisted "
    "swears promised promises believes hears saying claiming reporting rumoured texted emailed messaged pinged "
    "wished wishes quoted quote overheard reckons tells states stated recommends recommended proposed proposes "
    "advises advised requests",
    "should": "should must ought needs_to need_to has_to have_to ought_to shall_be had_better supposed_to wants_to "
    "should_really",
    "or": "or either",
    "what": "what which who whom whose where when why how whither",
    "be": "is are was were be been being am got gets become became remains stays",
    "have": "has have had having",
    "do": "do does did",
    "can": "can could may might should would shall will",
}

EXCEPT = (
    "except excluding other_than apart_from save_for besides but_not and_not aside_from barring minus bar "
    "with_exception_of except_for not_including leaving_aside leaving sparing instead_of rather_than in_place_of "
    "as_opposed_to leaving_out"
)
JOINS = (
    "and then plus as_well_as and_then but after_that afterwards followed_by besides furthermore additionally "
    "or_rather ie i.e i_e namely so together_with along_with though however and_please while"
)
PRONOUNS = "it that this them those these they"
PAST_TIMES = (
    "yesterday earlier recently last_night last_week just_now this_morning this_afternoon lately ago last_month on_time"
)
PRESENT_TIMES = (
    "still yet today now right_now at_moment currently this_week presently at_present for_now as_of_today as_of_now "
    "any_more anymore any_longer immediately straight_away right_away at_once asap effective_immediately from_now_on"
)
ASK_TO_KNOW = (
    "tell_me let_me_know i_want_to_know i_wonder do_you_know can_you_tell i_need_to_know curious wondering any_idea "
    "i_would_love_to_know i_would_like_to_know just_curious want_to_see i_am_wondering"
)

DETERMINERS = frozenset("the a an our your its their his".split())
FILLERS = (
    "please kindly just simply pls plz thanks thx cheers hey hi hello ok okay well actually really already finally "
    "thank_you go_ahead_and go_ahead lets let_us for_me if_you_can if_possible if_you_please if_you_would "
    "if_you_do_not_mind if_you_could when_you_can when_you_get_chance when_you_have_moment when_you_have_time "
    "when_you_have_second whenever_you_have_second whenever_you_have_moment "
    "whenever_you_have_time whenever_you_can whenever_you_get_chance "
    "when_possible could_you can_you would_you will_you would_you_mind could_we can_we_please do_you_mind "
    "would_you_kindly could_you_kindly i_would_like_you_to i_want_you_to i_need_you_to i_would_like_to i_want_to "
    "i_would_like i_would_love_to we_would_like_to we_want_to i_want make_sure make_sure_that be_sure_to ensure "
    "ensure_that see_to_it_that see_that feel_free_to be_so_kind_as_to be_so_good_as_to time_to it_is_time_to "
    "remember_to "
    "do_not_forget_to dont_forget_to fyi btw by_way for_record heads_up good_news great_news quick_update "
    "just_so_you_know as_well too both at_last fully totally successfully officially indeed yes yep yeah yay hooray "
    "nice great cool awesome perfect sure alright all_right right hurray done_deal my_friend mate buddy everyone "
    "hey_there hi_there of_course definitely certainly hereby quickly together once_more following namely "
    "once_and_for_all wt straight only manually formally properly please_do i_need_to_go_and you_can you_may "
    "you_should new_status to_be as_planned in_end need_you_to want_you_to like_you_to i_am_happy_to_say "
    "happy_to_report happy_to_say pleased_to_report i_can_confirm_that i_can_confirm guys folks sir madam dear "
    "that_is it_is_official oh ah um uh hmm now_then at_long_last altogether into_wt in_wt to_wt in_full "
    "accordingly ahead anyway anyways let also "
    "and_also again permanently completely entirely immediately never_mind nevermind i_made_mistake that_was_mistake "
    "that_was_wrong my_fault oops whoops ouch sorry my_bad my_mistake here_is here_are here record_that note_that "
    "please_note_that log_that take_note_that after_all if_you_would_be_so_kind by_hand could_i_ask_you_to "
    "can_i_ask_you_to may_i_ask_you_to i_ask_you_to i_would_ask_you_to i_would_like_to_have"
)

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7, "8th": 8, "9th": 9, "10th": 10,
    "last": -1, "final": -1,
}  # fmt: skip

# --- words behind which text stands that is kept as it is (texts.py) ------------------------------------------------

TEXT_FAMILIES = {  # a later word of a sentence decides: "add a note" is about a note
    "add": "add throw register enter record log extend create insert append new include schedule introduce needs "
    "need want make subtask subtasks split break tack",
    "rename": "rename retitle title name call reword rephrase rechristen heading titled relabel",
    "note": "note notes comment comments remark memo annotate jot annotation reminder noting",
    "evidence": "evidence proof attach attachment artifact artefact exhibit upload output",
    "criterion": "criterion criteria ac",
    "describe": "description describe desc details",
    "label": "label labels tag tags labelled labeled tagged untag unlabel",
    "search": "search find locate grep seek hunt look",
    "import": "import ingest",
    "init": "init initialise initialize",
    "reason": "reason",
    "none": "dependency dependencies prerequisite due deadline priority estimate owner assignee status state date",
}
TEXT_MARKERS = {
    "rename": "to as is be into = becomes",
    "note": "that saying says stating reading noting mentioning",
    "evidence": "that saying showing stating namely reading",
    "criterion": "that saying stating",
    "describe": "to as is be that saying",
    "import": "",
}
NAMING = frozenset("called named titled entitled".split())
REASON_MARKERS = (
    "as_the as_our as_my as_its as_he as_she as_this as_their because since due_to owing_to on_account_of "
    "thanks_to given_that given as_it as_we as_they as_there as_nobody as_i so_that in_order_to seeing_that "
    "seeing_as cause cos coz reason_being for_reason_that on_grounds_that for_lack_of in_light_of in_view_of"
).split()
STUCK_MARKERS = "by on for with pending behind awaiting until till".split()  # behind "blocked", "waiting", "stuck" …
LATER_MARKERS = "until till to pending for after".split()  # behind "defer 2.4": the time or cause is the reason
ADJECTIVES = frozenset(
    (
        "new fresh another separate second more extra further additional brand brand-new one two three few "
        "couple several"
    ).split()
)
ADDED = frozenset(
    (
        "task tasks item ticket issue todo subtask subtasks step steps checkbox phase section stage tracker plan "
        "project board initiative checklist story card job"
    ).split()
)

TEXT_LEADS = frozenset(  # without any of these a sentence holds no text but what is quoted
    " ".join(TEXT_FAMILIES.values()).split()
    + [marker.partition("_")[0] for marker in REASON_MARKERS]
    + [*STUCK_MARKERS, *LATER_MARKERS, *NAMING, ":", ",", "-", "–", "("]
) - frozenset(
    "dependency dependencies prerequisite due deadline priority estimate owner assignee status state date".split()
)

# --- looking words up -----------------------------------------------------------------------------------------------

Entry = tuple[tuple[str, ...], str, str, bool]  # the words after the first, kind, value, whether it is the plain word
_LINES: list[tuple[int, str, str]] = []  # where each line ends in the text, its kind and value
_TEXT = ""  # all lines, one after the other: searching them is cheaper than making a table of thousands of words
_FOUND: dict[str, tuple[Entry, ...]] = {}
_BASES: dict[str, list[tuple[str, str]]] = {}


def _rows() -> list[tuple[str, dict[str, str]]]:
    words = {"except": EXCEPT, "join": JOINS, "pronoun": PRONOUNS, "past": PAST_TIMES, "now": PRESENT_TIMES}
    return [
        ("verb", VERBS),
        ("status", STATUSES),
        ("priority", PRIORITIES),
        ("field", FIELDS),
        ("noun", NOUNS),
        ("quantifier", QUANTIFIERS),
        ("prep", PREPOSITIONS),
        ("mood", MOODS),
        *((kind, {kind: line}) for kind, line in (words | {"know": ASK_TO_KNOW, "filler": FILLERS}).items()),
    ]


def _lay_out() -> None:
    global _TEXT
    end, lines = 0, []
    for kind, rows in _rows():
        for value, line in rows.items():
            lines.append(f"\n{line} ")
            end += len(line) + 2
            _LINES.append((end, kind, value))
    _TEXT = "".join(lines)
    for base, forms in IRREGULAR.items():
        for form, word in zip(("ed", "ed", "ing", "s", "s"), forms.split(), strict=False):
            _BASES.setdefault(word, []).append((base, form))


def entries(word: str) -> tuple[Entry, ...]:
    """All that may begin with this word."""
    found = _FOUND.get(word)
    if found is None:
        if not _TEXT:
            _lay_out()
        found = _FOUND[word] = tuple(_entries(word))
    return found


def _entries(word: str) -> Iterator[Entry]:
    size, line, at = len(word), 0, _TEXT.find(word)
    while at >= 0 and size:
        behind = _TEXT[at + size]
        if (behind == " " or behind == "_") and _TEXT[at - 1] in " \n":
            while _LINES[line][0] <= at:
                line += 1
            rest = _TEXT[at + size + 1 : _TEXT.index(" ", at + size)] if behind == "_" else ""
            yield tuple(rest.split("_")) if rest else (), _LINES[line][1], _LINES[line][2], _TEXT[at - 1] == "\n"
        at = _TEXT.find(word, at + size)


def first_words() -> list[str]:
    """Every word that begins an entry, in the order of the lines."""
    entries("")
    return [*dict.fromkeys(phrase.partition("_")[0] for phrase in _TEXT.split())]


def bases(word: str) -> list[tuple[str, str]]:
    """(base, form) of which this word may be an inflected form: finished -> finish ed."""
    if not _TEXT:
        _lay_out()
    found = list(_BASES.get(word, ()))
    for form in ("ing", "ed", "s"):
        if word.endswith(form) and len(word) > len(form) + 1:
            stem = word[: -len(form)]
            tries = [stem, stem + "e"]
            if form == "s" and stem.endswith("e"):
                tries = [stem, stem[:-1]]
            if stem.endswith("i") and form != "ing":
                tries.append(stem[:-1] + "y")
            if len(stem) > 3 and stem[-1] == stem[-2]:
                tries.append(stem[:-1])
            if form == "s" and stem.endswith("ie"):
                tries.append(stem[:-2] + "y")
            found += [
                (base, form)
                for base in tries
                if (base not in IRREGULAR or (form == "s" and IRREGULAR[base])) and entries(base)
            ]
    return found


def _verbs(base: str) -> bool:
    return any(kind == "verb" for _, kind, _, _ in entries(base))


class Senses:
    """What the words at one place may mean: kind -> values, and how many tokens they take."""

    __slots__ = ("kinds", "plain", "size")

    def __init__(self) -> None:
        self.size = 0
        self.kinds: dict[str, dict[str, str]] = {}  # kind -> value -> form
        self.plain = False

    def take(self, size: int, kind: str, value: str, form: str, plain: bool) -> None:
        if size < self.size:
            return
        if size > self.size:
            self.size, self.kinds, self.plain = size, {}, False
        self.kinds.setdefault(kind, {}).setdefault(value, form)
        self.plain = self.plain or plain


def look_up(words: list[str], at: int) -> Senses | None:
    """The longest entry that stands at this place, with all it may mean."""
    found = Senses()
    for base, form in [(words[at], "base"), *bases(words[at])]:
        for rest, kind, value, plain in entries(base):
            size = len(rest) + 1
            if (form == "base" or kind == "verb") and size >= found.size and words[at + 1 : at + size] == [*rest]:
                if form == "base" and kind == "verb" and IRREGULAR.get(base) == "" and not rest:
                    form_here = "noun"
                else:
                    form_here = form
                found.take(size, kind, value, form_here, plain)
    return found if found.size else None
