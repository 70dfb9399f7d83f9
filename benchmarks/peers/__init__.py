"""The executors that are compared, one module each: ours, those of other projects, a bare process, the floor."""
