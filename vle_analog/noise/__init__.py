"""Device noise: its sources in a circuit, its paths over time, its share of every signal, its equations."""
