"""What a person typed, as a question: words alone, or a condition with the words in it that can be scored. Pure."""

from dataclasses import dataclass, replace

from ipx.core.ports import SearchQuery
from ipx.core.search_tree import Node
from ipx.matching.expressions import ExpressionError, bare_words, is_expression, read_expression
from ipx.matching.ranking.questions import Question


@dataclass(frozen=True)
class Reading:
    """How a text was understood. ``fault``: why its fields and operators were not; then its words alone are asked."""

    words: str
    tree: Node | None = None
    fault: ExpressionError | None = None

    @property
    def question(self) -> Question:
        """Return what the ranking scores."""
        return Question(text=self.words)

    def put_into(self, query: SearchQuery) -> SearchQuery:
        """Return ``query`` with this text's words and condition."""
        return replace(query, words=self.words, tree=self.tree)


def read(text: str) -> Reading:
    """Understand any text."""
    if not is_expression(text):
        return Reading(text)
    try:
        found = read_expression(text)
    except ExpressionError as fault:
        return Reading(bare_words(text), fault=fault)
    return Reading(found.words, found.tree)
