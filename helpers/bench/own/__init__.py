"""Programs that never heard of the workbook, declared by their owner and put on the bench (`python -m helpers try`)."""
