"""What the network is: tables, graph, geometry."""
