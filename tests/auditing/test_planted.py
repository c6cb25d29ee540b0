"""Notes written by the renderers: clean ones raise no alarm, a single wrong figure is found where it stands.

``python planted_notes.py 300 1`` does the same in number, with ``text`` behind it for plain text.
"""

from __future__ import annotations

import pytest

from auditing import planted_notes

NOTES = 12


RUNS = {
    "with the problem": (True, None),
    "arithmetic alone": (False, None),
    "plain text with the problem": (True, "text"),
    "plain text alone": (False, "text"),
}


@pytest.fixture(scope="module", params=RUNS)
def counts(request):
    known, form = RUNS[request.param]
    return known, planted_notes.run(NOTES, 11, known=known, form=form)


def test_clean_notes_raise_no_alarm(counts):
    assert counts[1]["clean"] == NOTES
    assert counts[1]["clean with a false alarm"] == 0


def test_planted_figures_are_flagged_where_they_stand(counts):
    known, found = counts
    assert found["planted result"] >= NOTES // 2
    if known:
        assert found["flagged result"] >= 0.9 * found["planted result"]
    else:
        assert found["flagged result"] >= 0.8 * found["planted result"]
