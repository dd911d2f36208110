"""x."""

from .cut_sets import CutUnavailability, cut_unavailability
from .failure_model import FailureModel, RiskGroup
from .sampling import SCENARIOS_A_CHUNK, SampledUnavailability, sample_unavailability
