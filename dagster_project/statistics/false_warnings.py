"""How often checks that compare with one's own figures may warn although nothing is wrong.

Together in one run of twenty (5 %) at most: the budget is shared among the families of comparisons, and
within a family among all of its comparisons in a run by Bonferroni's inequality (Dunn 1961, JASA 56:52-64): m
comparisons with confidence 1 - a / m each all hold with probability 1 - a or more, however they depend on
each other.
"""

from typing import Final

DRIFT: Final = 0.01
OWN_HISTORY: Final = 0.02
OWN_PEERS: Final = 0.02
