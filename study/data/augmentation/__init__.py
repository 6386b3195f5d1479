"""What a training may do to its batches beyond crops and mirroring: options of section `training`, off by default."""
