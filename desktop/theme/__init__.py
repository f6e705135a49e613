"""How Carrel looks: tokens, style sheet, icons and the small controls that every screen is made of."""
