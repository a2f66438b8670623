"""docs/interview.md: every question with its answers, from the same source as the drill."""

from helpers.study.questions import LEVELS, Question, all_questions

HEAD = """# Interview questions

Generated from `helpers/study/interview/*.toml` by `python -m helpers generate`. To practise them, do not read them: `drill()` in
[the interview notebook](../notebooks/10_interview.ipynb), or `python -m helpers drill` in a terminal.

★ marks what is asked everywhere. Thirty seconds: the first paragraph. Three minutes: the points as well. Most answers name a run
that proves them, or shows the limit.
"""


def page() -> str:
    out, topic = [HEAD], ""
    for q in all_questions():
        if q.topic != topic:
            topic = q.topic
            out.append(f"\n## {topic}\n")
        out.append(entry(q))
    return "\n".join(out)


def entry(q: Question) -> str:
    """One question in Markdown; the answer folded."""
    runs = " · ".join(f"[{words}](../{address})" for words, address in q.places())
    about = ", ".join(filter(None, (LEVELS[q.level], q.broker)))
    return "\n".join([
        f'<a id="{q.id}"></a>', f"**{'★ ' if q.starred else ''}{q.ask}** ({about})", "",
        "<details><summary>Answer</summary>", "", q.short, "", *[f"- {point}" for point in q.points], "",
        f"*Often heard, and wrong:* “{q.wrong}” {q.why}", "", f"*They ask next:* {q.follow} {q.answer}", "",
        *([f"*Run it:* {runs}", ""] if runs else []), "</details>", "",
    ])
