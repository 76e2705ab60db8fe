"""The table of configurations, by subject."""

from tests.oracle.cases import answers, asking, bodies, credentials, gitauth, goauth, lists, sums, workspaces
from tests.oracle.harness import Case

CASES: tuple[Case, ...] = (
    *lists.CASES,
    *answers.CASES,
    *bodies.CASES,
    *asking.CASES,
    *credentials.CASES,
    *goauth.CASES,
    *gitauth.CASES,
    *sums.CASES,
    *workspaces.CASES,
)
