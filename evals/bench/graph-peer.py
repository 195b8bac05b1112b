"""The reference stack of PathSeeker's graph search, for measuring beside ours: networkx reads the graph, scikit-learn
scores it, pcst_fast connects what scored (arXiv 2502.16660, the published procedure). One JSON request a line on
stdin, one JSON answer a line on stdout; a time is in milliseconds and covers the work alone."""

import json
import sys
import time

import networkx as nx
import numpy as np
from pcst_fast import pcst_fast
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity


class Reference:
    def load(self, request):
        started = time.perf_counter()
        graph = nx.read_graphml(request["graphml"])
        with open(request["documents"], encoding="utf-8") as file:
            data = json.load(file)
        self.nodes, self.edges = data["nodes"], data["edges"]
        self.pairs = [tuple(pair) for pair in data["pairs"]]
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(len(self.nodes)))
        self.graph.add_edges_from(self.pairs)
        triples = [f"{self.nodes[h]} {self.nodes[t]} {text}" for (h, t), text in zip(self.pairs, self.edges)]
        self.node_index = fitted(self.nodes)
        self.edge_index = fitted(self.edges)
        for texts in (triples, data["entities"]):
            fitted(texts)
        return {"ms": since(started), "nodes": graph.number_of_nodes(), "edges": graph.number_of_edges()}

    def search(self, request):
        """A global search. `tuned` solves once a cost and splits the edges with NumPy; the published code does not."""
        started = time.perf_counter()
        node_prizes = np.zeros(len(self.nodes))
        edge_prizes = np.zeros(len(self.edges))
        nodes = list(self.graph.nodes())
        edges = np.array(self.pairs)
        for prizes, index, most in ((node_prizes, self.node_index, 128), (edge_prizes, self.edge_index, 512)):
            for at, score in best(index, request["query"], most):
                prizes[at] = score
        if not node_prizes.any() and not edge_prizes.any():
            return {"ms": since(started), "edges": []}
        solve = once_a_cost(split_by_numpy) if request["tuned"] else split_by_loops
        found = of_size(solve, len(nodes), edges, node_prizes, edge_prizes, request["size"])
        return {"ms": since(started), "edges": found}

    def solve(self, request):
        edges = np.array(request["edges"], dtype=np.int64).reshape(-1, 2)
        prizes = np.array(request["prizes"], dtype=np.float64)
        costs = np.array(request["costs"], dtype=np.float64)
        times = []
        for _ in range(request["repeats"]):
            started = time.perf_counter()
            nodes, chosen = pcst_fast(edges, prizes, costs, -1, request["clusters"], "gw", 0)
            times.append(since(started))
        return {"ms": sorted(times)[len(times) // 2], "nodes": nodes.tolist(), "edges": chosen.tolist()}

    def solve_all(self, request):
        return {"solved": [self.solve({**problem, "repeats": 1}) for problem in request["problems"]]}


def fitted(texts):
    vectorizer = TfidfVectorizer()
    return vectorizer, vectorizer.fit_transform(texts)


def best(index, query, most):
    vectorizer, matrix = index
    scores = cosine_similarity(vectorizer.transform([query]), matrix)[0]
    order = np.argsort(-scores, kind="stable")[:most]
    return [(at, scores[at]) for at in order if scores[at] > 0]


def of_size(solve, node_count, edges, node_prizes, edge_prizes, size):
    """Bisection on the edge cost; the size is computed once for each of the two comparisons, and once more at the end."""
    low, high = 0.005, 5
    run = lambda cost: solve(node_count, edges, node_prizes, edge_prizes, cost)
    while high - low > 1e-8:
        middle = (low + high) / 2
        if len(run(middle)) == size:
            break
        if len(run(middle)) > size:
            low = middle
        else:
            high = middle
    return [int(edge) for edge in run((low + high) / 2)]


def split_by_loops(node_count, edges, node_prizes, edge_prizes, cost):
    ordinary, costs, origin, virtual, prizes, virtual_origin = [], [], [], [], [], []
    for at, ((head, tail), prize) in enumerate(zip(edges, edge_prizes)):
        if prize <= cost:
            ordinary.append((head, tail))
            costs.append(cost - prize)
            origin.append(at)
        else:
            node = node_count + len(virtual_origin)
            virtual.extend([(head, node), (node, tail)])
            prizes.append(prize - cost)
            virtual_origin.append(at)
    all_edges = np.array(ordinary + virtual)
    all_costs = np.array(costs + [0] * len(virtual))
    all_prizes = np.concatenate([node_prizes, np.array(prizes)])
    return chosen_edges(node_count, all_edges, all_prizes, all_costs, origin, virtual_origin)


def split_by_numpy(node_count, edges, node_prizes, edge_prizes, cost):
    origin = np.flatnonzero(edge_prizes <= cost)
    virtual_origin = np.flatnonzero(edge_prizes > cost)
    new = node_count + np.arange(len(virtual_origin))
    pairs = np.stack([edges[virtual_origin, 0], new, new, edges[virtual_origin, 1]], axis=1).reshape(-1, 2)
    all_edges = np.concatenate([edges[origin], pairs])
    all_costs = np.concatenate([cost - edge_prizes[origin], np.zeros(len(pairs))])
    all_prizes = np.concatenate([node_prizes, edge_prizes[virtual_origin] - cost])
    return chosen_edges(node_count, all_edges, all_prizes, all_costs, origin, virtual_origin)


def once_a_cost(split):
    known = {}

    def solve(node_count, edges, node_prizes, edge_prizes, cost):
        if cost not in known:
            known[cost] = split(node_count, edges, node_prizes, edge_prizes, cost)
        return known[cost]

    return solve


def chosen_edges(node_count, edges, prizes, costs, origin, virtual_origin):
    nodes, chosen = pcst_fast(edges, prizes, costs, -1, 1, "gw", 0)
    found = {origin[edge] for edge in chosen if edge < len(origin)}
    found.update(virtual_origin[node - node_count] for node in nodes if node >= node_count)
    return sorted(found)


def since(started):
    return (time.perf_counter() - started) * 1000


def main():
    reference = Reference()
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(reference, request["ask"])(request)
        print(json.dumps(answer), flush=True)


main()
