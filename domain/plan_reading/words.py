"""The words of plans: what means a status, a priority, an owner, a phase, a criterion, in a dozen languages."""

from __future__ import annotations

import re
import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word.strip(): meaning for meaning, words in table.items() for word in words.split(",")}


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


STATUSES = _by_word(
    {
        "complete": "complete,completed,done,finished,fixed,resolved,closed,shipped,released,merged,deployed,"
        "implemented,verified,tested,passed,pass,delivered,landed,ok,yes,completado,completada,hecho,"
        "terminado,listo,terminé,terminée,fait,fini,achevé,erledigt,fertig,abgeschlossen,umgesetzt,"
        "concluído,concluída,feito,pronto,fatto,completato,готово,выполнено,завершено,сделано,完成,已完成,"
        "完了,済,済み,완료,완료됨,gotowe,zrobione,ukończone,klaar,voltooid,klart,färdig,hotovo,tamamlandı,"
        "completed successfully",
        "in_progress": "in progress,in-progress,in_progress,inprogress,wip,doing,started,ongoing,active,underway,"
        "working,in development,in review,under review,ready for review,in testing,testing,awaiting testing,"
        "awaiting review,review,partial,partially complete,partially done,partially implemented,current,"
        "feature in progress,en curso,en progreso,en proceso,en cours,in arbeit,laufend,em andamento,"
        "em progresso,in corso,в работе,в процессе,выполняется,进行中,正在进行,進行中,作業中,対応中,"
        "진행 중,진행중,w toku,bezig,pågår,probíhá",
        "blocked": "blocked,stuck,waiting,waiting for,impeded,blocked/needs dependency,bloqueado,bloqueada,bloqué,"
        "blockiert,заблокировано,阻塞,受阻,ブロック,차단됨,zablokowane,geblokkeerd",
        "deferred": "deferred,postponed,on hold,on-hold,paused,parked,later,someday,icebox,backlogged,aplazado,"
        "pospuesto,en pausa,reporté,en attente,zurückgestellt,verschoben,adiado,rinviato,отложено,推迟,"
        "暂停,延期,保留,보류,odłożone",
        "cancelled": "cancelled,canceled,dropped,abandoned,won't do,wont do,won't fix,wontfix,obsolete,rejected,"
        "skipped,superseded,deprecated,cancelado,cancelada,annulé,abgebrochen,verworfen,annullato,"
        "отменено,取消,已取消,中止,취소,anulowane,geannuleerd",
        "pending": "pending,todo,to do,to-do,open,new,not started,not done,not complete,not completed,"
        "not implemented,not yet implemented,planned,proposed,ready,ready to begin,ready to start,queued,"
        "scheduled,backlog,draft,no,incomplete,unstarted,upcoming,remaining,missing,failed,next,pendiente,"
        "por hacer,sin empezar,à faire,offen,geplant,pendente,a fazer,da fare,ожидает,не начато,"
        "запланировано,待办,待处理,未开始,未着手,計画中,대기,예정,할 일,do zrobienia,te doen,att göra",
    }
)
MARKS = {
    **dict.fromkeys("xX✓✔✅☑", "complete"),
    **dict.fromkeys("~/-", "in_progress"),
    "!": "blocked",
    ">": "deferred",
}
SIGNS = {
    **dict.fromkeys("✅✔☑✓🎉🟢", "complete"),
    **dict.fromkeys("🔄🚧🏗🔨🛠▶🔵🟡⏩", "in_progress"),
    **dict.fromkeys("🚫⛔🛑", "blocked"),
    **dict.fromkeys("⏸💤🧊", "deferred"),
    "🗑": "cancelled",
    **dict.fromkeys("⏳⌛⬜☐🔲⏱🕐📋🔴❌✗⚪", "pending"),
}
# Words that are a status in a status column, but in a heading or title as often the topic: "Testing", "(review)".
TOPICS = words_of(
    "testing review new ready open ok yes no current active next later working partial missing failed tested pass "
    "passed remaining upcoming draft scheduled proposed release released deployed delivered verified started ongoing "
    "queued someday planned listo pronto fait offen stand geplant"
)
COLOURS = frozenset("🟢🟡🔴🔵⚪📋🎉🛠🔨")  # on a heading these are decoration or priority as often as status
LEADING = frozenset("✅✔☑✓🚧⏸⏳")
PRIORITIES = _by_word(
    {
        "critical": "critical,p0,urgent,blocker,highest,crítica,critique,kritisch,критический,紧急,緊急,must,must have",
        "high": "high,p1,major,important,alta,haute,élevée,hoch,высокий,высокая,高,should,높음,wysoki,hoog",
        "medium": "medium,p2,normal,moderate,med,media,média,moyenne,mittel,средний,средняя,中,could,보통,średni",
        "low": "low,p3,p4,minor,lowest,trivial,nice to have,baja,baixa,basse,niedrig,низкий,низкая,低,낮음,niski,laag",
    }
)
FIELDS = _by_word(
    {
        "status": "status,state,task status,current status,progress status,final status,estado,statut,état,stand,"
        "stato,статус,состояние,状态,狀態,状態,ステータス,상태,done,done?,complete,complete?,completed",
        "owner": "owner,owners,assignee,assigned,assigned to,assigned-to,responsible,who,lead,dri,responsable,"
        "asignado a,verantwortlich,zuständig,responsável,исполнитель,ответственный,负责人,担当,担当者,"
        "담당자,담당,właściciel",
        "due": "due,due date,due by,deadline,target date,fecha límite,échéance,fällig,fällig am,frist,prazo,"
        "scadenza,срок,дедлайн,截止日期,截止,期限,締切,마감일,마감,termin",
        "estimate": "effort,estimate,estimated effort,estimated time,estimated duration,estimation,est,est.,"
        "est. hours,est. effort,hours,story points,points,time estimate,estimated hours,duration,size,"
        "esfuerzo,estimación,effort estimé,aufwand,schätzung,esforço,estimativa,оценка,оценка времени,"
        "трудозатраты,工时,预计时间,工数,見積,예상 시간,공수",
        "priority": "priority,prio,prioridad,priorité,priorität,prioridade,priorità,приоритет,优先级,優先度,우선순위,"
        "priorytet",
        "needs": "depends on,depends,dependencies,dependency,deps,blocked by,requires,prerequisites,prerequisite,"
        "depende de,dependencias,dépend de,dépendances,abhängig von,abhängigkeiten,dependências,"
        "dipende da,зависимости,зависит от,依赖,依存,依存関係,의존성,zależności",
        "labels": "labels,label,tags,tag,etiquetas,étiquettes,метки,标签,ラベル",
        "id": "id,task id,ticket id,item id",
    }
)
COLUMNS = FIELDS | _by_word(
    {
        "task": "task,tasks,task name,task title,task description,work item,work items,todo,to-do,to do,action,"
        "action item,user story,story,ticket,issue,subtask,sub-task,tarea,tareas,tarefa,tâche,aufgabe,"
        "задача,подзадача,任务,任務,工作项,タスク,作業,작업,zadanie,taak,uppgift,úkol,görev,compito,"
        "attività",
        "title": "title,name,item,feature,component,function,description,summary,fix,bug,step,activity,deliverable,"
        "what,details,título,nombre,descripción,titre,nom,titel,beschreibung,bezeichnung,название,"
        "описание,标题,名称,描述,功能,内容,タイトル,名前,説明,기능,제목,설명,format,icon,module,"
        "requirement,improvement,enhancement,change,test",
        "id": "id,#,no,no.,nr,nr.,№,key,ref,task id,task #,task no,task no.,work item id,wi,issue #,ticket id,"
        "编号,番号,번호",
        "notes": "notes,note,comments,comment,remarks,notas,notizen,bemerkungen,примечания,备注,備考,メモ,비고",
    }
)
NOTHING = words_of("- – — none n/a na tbd nil nothing unassigned ? нет 无 なし 없음") | {""}
_PHASES = (
    ("phase", r"phase|fase|étape|etapa|etappe|stage|этап|фаза|phaze|faza|фаза"),
    ("milestone", r"milestone|meilenstein|hito|jalon|marco|веха|kamień milowy"),
    ("sprint", r"sprint|iteration|спринт|iteración|itération"),
    ("week", r"weeks?|woche|semana|semaine|settimana|неделя|tydzień|vecka"),
    ("day", r"days?|tag|día|jour|giorno|день"),
    ("epic", r"epic|part|workstream|track|release"),
)
_AFTER = r"(?P<sep>\s*[:：.)–—|,（(-]|\s*$|\s+(?=\S))"
_NUMBER = (
    r"(?P<number>\d+(?:\.\d+)*(?:[a-z]|[A-Z]{1,3})?(?:\s*[-–]\s*\d+)?"
    r"|[A-Z][A-Z0-9]{0,3}(?:-[A-Z0-9]+)?|[IVX]{1,5}|[A-Z]{2,12})"
)
_ORDINAL = r"\d+|[一二三四五六七八九十]+"
_REST = r"(?P<title>.*)$"
_LEAD = r"^(?:\d+(?:\.\d+)*[.)]?\s+)?"
PHASE_HEADS = (
    *(
        (kind, re.compile(rf"{_LEAD}(?i:{words})\s+#?{_NUMBER}(?![\w/]){_AFTER}\s*{_REST}", re.DOTALL))
        for kind, words in _PHASES
    ),
    ("milestone", re.compile(rf"^M(?P<number>\d+)(?P<sep>\s*[:：–—-])\s*{_REST}", re.DOTALL)),
    ("quarter", re.compile(rf"^(?P<number>Q[1-4]\s+\d{{4}}|\d{{4}}\s+Q[1-4])(?P<sep>)\b\W*{_REST}", re.DOTALL)),
    (
        "version",
        re.compile(rf"^(?i:version\s+|v)(?P<number>\d+(?:\.\d+)+)(?P<sep>\s*[:：–—(-]|\s*$)\s*{_REST}", re.DOTALL),
    ),
    (
        "phase",
        re.compile(
            rf"^(?:第\s*(?P<number>{_ORDINAL})\s*(?:阶段|階段|期|步|フェーズ|段階|단계)"
            rf"|(?:阶段|階段|フェーズ|단계)\s*(?P<number2>{_ORDINAL})"
            rf"|(?P<number3>\d+)\s*단계)(?P<sep>)\s*[:：.、-]?\s*{_REST}",
            re.DOTALL,
        ),
    ),
    ("week", re.compile(rf"^第\s*(?P<number>{_ORDINAL})\s*(?:周|週|주)(?P<sep>)\s*[:：.、-]?\s*{_REST}", re.DOTALL)),
    (
        "milestone",
        re.compile(
            rf"^(?:里程碑|マイルストーン|마일스톤|スプリント|스프린트)\s*(?P<number>\d+)(?P<sep>)\W*{_REST}", re.DOTALL
        ),
    ),
)
# "Phase 1 Overview" speaks about a phase, it is none.
ABOUT_A_PHASE = re.compile(
    r"^(?:overview|summary|gate|goals?|notes?|status|progress|checklist|deliverables|dependencies|results?"
    r"|review|retrospective|go/no-go|success|completion|complete$|exit|requirements|risks?|testing checklist"
    r"|release|implementation phases|gate|correctness|architecture)\b",
    re.I,
)
TASK_WORDS = (
    r"task|issue|story|ticket|todo|work item|item|action|tarea|tarefa|tâche|aufgabe|задача|zadanie|taak"
    r"|任务|任務|タスク|작업"
)
STEP_WORDS = (
    r"sub-?\s?task|step|подзадача|subtarea|subtarefa|sous-tâche|teilaufgabe|unteraufgabe|schritt|paso|шаг"
    r"|子任务|步骤|ステップ|サブタスク"
)
CRITERIA = re.compile(
    r"acceptance|definition of (?:done|ready)|\bdod\b|^acs?$|(?:success|exit|completion|done) (?:criteria"
    r"|criterion|checklist)|criteria for|\bcriteria\b|criterios? de|critérios? de|critères? d|kriterien"
    r"|criteri di|критери|критерії|验收|驗收|完成标准|成功标准|受け?入れ|完了条件|完了基準|완료 (?:조건|기준)"
    r"|인수 조건|kryteria|acceptatiecriteria",
    re.I,
)
LEGEND = re.compile(
    r"^(?:status )?(?:legend|key|status key|status legend|symbols?|status (?:definitions|meanings|icons|symbols"
    r"|codes)|status values|how to read.*|leyenda|légende|legende|legenda|легенда|условные обозначения|图例"
    r"|凡例|범례)\s*:?$",
    re.I,
)
GENERIC = re.compile(
    r"^(?:sub-?tasks?|tasks?|task list|checklist|to-?do|todos?|steps|work items?|items|implementation"
    r"|action items|workflow|tareas|tarefas|tâches|aufgaben|задачи|подзадачи|任务|任務|タスク|작업|zadania"
    r"|taken)\b[^\w]*(?:\([^)]*\))?\s*:?$",
    re.I,
)
PLACEHOLDER = re.compile(
    r"^(?:[\s.…_–—-]*|\(?(?:none|none yet|no (?:items|tasks)(?: yet)?|tbd|to be (?:defined|determined)|n/?a"
    r"|empty|nothing(?: yet)?|add (?:tasks?|items?) here|your task here|task (?:name|title|description)"
    r"|description|placeholder|lorem ipsum.*|todo|xxx+|example(?: task)?)\)?\.{0,3}|<[^<>]+>|\{\{?[^{}]+\}?\}"
    r"|\[(?:task|item|description|title|name|todo|your|insert|add|id)[^\[\]()]*\]|(?:\*\*)?totals?(?:\*\*)?:?)$",
    re.I,
)


def is_sign(letter: str) -> bool:
    return unicodedata.category(letter) in ("So", "Sk") or letter in "\ufe0f\u200d\u20e3"


def without_signs(text: str) -> str:
    """The text without emoji and blanks around it."""
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or is_sign(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or is_sign(text[end - 1])):
        end -= 1
    return text[start:end]


def folded(text: str) -> str:
    """For comparing: one case, single blanks, no signs, colons or emphasis around."""
    return " ".join(without_signs(text).casefold().split()).strip("*_:：. ")


def field_named(text: str) -> str | None:
    return FIELDS.get(folded(text))


def column_named(text: str) -> str | None:
    return COLUMNS.get(folded(text) or text.strip())


_HEAD = re.compile(r"\s*[(（:：;,，\[]|\s+[-–—|→/]\s*")
_TAIL = re.compile(r"^(?:for|in|by|on|at|to|as|with|since|after|via|see|until|pending|\d|[-–—(,%~]|w/)")
_BOX = re.compile(r"^`?\[(.)\]`?$")


def status_of(text: str, marks: Mapping[str, str] = MARKS) -> str | None:
    """The status that a status cell or line states; words speak before emoji, unknown words say nothing."""
    text = text.strip()
    if box := _BOX.match(text):
        return marks.get(box[1], "pending" if box[1] == " " else None)
    words = without_signs(text).casefold()
    if not any(letter.isalnum() for letter in words):
        return sign_status(text)
    return phrase_status(_HEAD.split(words, maxsplit=1)[0] or words)


def phrase_status(phrase: str) -> str | None:
    """The status of a phrase like `done`, `in progress`, `blocked by the API`."""
    words = phrase.strip(" .*_!`").split()
    for size in range(min(len(words), 4), 0, -1):
        status = STATUSES.get(" ".join(words[:size]))
        if status and (size == len(words) or _TAIL.match(words[size])):
            return status
    return None


def sign_status(text: str, ignored: Iterable[str] = ()) -> str | None:
    return next((SIGNS[letter] for letter in text if letter in SIGNS and letter not in ignored), None)


def priority_of(text: str) -> str | None:
    words = _HEAD.split(without_signs(text).casefold(), maxsplit=1)[0].strip(" .*_")
    return PRIORITIES.get(words)


_GROUP = re.compile(r"^(?P<before>.*\S)?\s*[(（\[](?P<inside>[^()（）\[\]]*)[)）\]]\s*$", re.DOTALL)
_DASHED = re.compile(r"^(?P<before>.*\S)\s+[-–—:]\s+(?P<inside>[^-–—:]+)$", re.DOTALL)


def heading_status(text: str) -> tuple[str | None, str]:
    """(status, the heading without the mark) of `Setup ✅`, `Setup (COMPLETED)`, `Setup - done`, `✅ Setup`."""
    signs = text[len(text.rstrip()) - _signs_at_end(text) :]
    bare = without_signs(text)
    for pattern in (_GROUP, _DASHED):
        found = pattern.match(bare)
        if not found or not found["before"] or _BARE_NUMBER.match(found["before"]):
            continue
        if status := _any_status(found["inside"]):
            return status, without_signs(found["before"])
    status = sign_status(signs, COLOURS) or (sign_status(text.lstrip()[:1]) if text.lstrip()[:1] in LEADING else None)
    return (status, bare) if status else (None, text)


_BARE_NUMBER = re.compile(r"^\w+\s+[\d.]+$")  # in "Phase 5 - Done" the word is all the title there is


def _signs_at_end(text: str) -> int:
    text = text.rstrip()
    end = len(text)
    while end and is_sign(text[end - 1]):
        end -= 1
    return len(text) - end


def _any_status(text: str) -> str | None:
    parts = [without_signs(part) for part in re.split(r"\s+[-–—]\s+|[,;]", text.casefold())]
    plain = (phrase_status(part) for part in parts if part and part.split()[0] not in TOPICS)
    return next(filter(None, plain), None)


def column_status(text: str) -> str | None:
    """The status of a heading that is nothing but a status: a column of a board (`In Progress`, `✅ Done (12)`)."""
    bare = folded(text)
    found = _GROUP.match(bare)
    words = folded(found["before"] or "") if found else bare
    return None if words in TOPICS else STATUSES.get(words)
