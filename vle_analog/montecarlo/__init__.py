"""Monte Carlo runs: the plan, the chips in chunks, the schedulers, the folder of results, and replays."""
