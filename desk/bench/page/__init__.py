"""How quick the desk page is for the person who types: latency, long tasks, memory, first paint, weight."""
