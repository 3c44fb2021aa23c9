"""The story of a restore for killing.py; see backup_story.py."""

from tests.faults.backup_story import RestoreStory

STORY = RestoreStory
