"""Marking sheets of answers: verdicts with follow-through, and the slips behind what is wrong.

One way only: `written` and `trees` below; `compiled`, `routes`, `reach` and the slips on them; `ground`,
`judging` and `diagnosis` on those; `marker` marks one sheet; `sheets` reads files; `classroom` and
`checking` put it together.
"""
