"""Networks in the formats of other programs: one module for each format, one model behind them."""
