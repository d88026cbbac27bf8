"""Figures that several chapters share: `plots` (dc.plots), and the overview diagram."""
