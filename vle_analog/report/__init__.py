"""Pictures and the one-file report."""

from vle_analog.report.content import ReportContent
from vle_analog.report.figures import Picture, pictures
from vle_analog.report.html import write_report

__all__ = ["Picture", "ReportContent", "pictures", "write_report"]
