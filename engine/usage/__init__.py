"""What calls to providers cost: prices, the ledger of calls, budgets."""
