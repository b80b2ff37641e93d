"""Words that reports without a category had in common may have been names: they are taken out of what signals said."""

from alembic import op

revision = "0050_words_of_piles"
down_revision = "0041_whole_months"


def upgrade() -> None:
    # What a signal said is never changed; but nobody's name was to stand there at all.
    op.execute("alter table signal_state disable trigger refuse_change")
    op.execute(
        """update signal_state t set subject = '{"words": [], "zh": "—", "en": "—"}'
           from signal s where s.id = t.signal_id and s.kind = 'unclassified'"""
    )
    op.execute("alter table signal_state enable trigger refuse_change")


def downgrade() -> None:
    """They are gone."""
