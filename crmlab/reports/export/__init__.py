"""Exporters: an executed notebook becomes a PDF, a web page, or a workbook."""
