"""The row contract: pure, whatever the file was."""
