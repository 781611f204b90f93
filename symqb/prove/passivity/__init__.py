"""The map of passivity: where steady states of chains yield no work, by search and by proof."""
