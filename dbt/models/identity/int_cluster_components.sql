-- noqa: disable=PRS
{{ connected_components(ref('int_cluster_nodes'), ref('int_cluster_edges')) }}
