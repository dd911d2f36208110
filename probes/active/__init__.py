"""Questions put to the network itself: loss and delay, path and PMTU, multicast, names, frames."""
