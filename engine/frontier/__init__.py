"""Models of providers, asked over the network with the person's own key. Opens no connection itself."""
