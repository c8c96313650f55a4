"""Generated code shared by the compiled engines: printing of expressions, elementary functions, loading."""
