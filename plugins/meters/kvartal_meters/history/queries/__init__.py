"""Questions about what was read over time: of meters, premises, houses and all that one sees."""
