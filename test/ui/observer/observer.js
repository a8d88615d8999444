// Appends each plan that Podgraph offers to the file that PODGRAPH_PLANS names, a line of JSON a plan. Loaded beside
// Podgraph by the UI suite alone: what a person is shown is read from the page, but a page does not show a whole plan.
const { appendFileSync } = require('node:fs');
const vscode = require('vscode');

exports.activate = (context) => {
  const { actions } = vscode.extensions.getExtension('podgraph.podgraph').exports;
  context.subscriptions.push(actions.onDidOfferPlan((plan) => appendFileSync(process.env.PODGRAPH_PLANS, line(plan))));
};

function line(plan) {
  const name = (key) => plan.nodes.get(key).node.name;
  const units = plan.units.map(({ targets, nodes, infra, wave, waitsFor, grace }) => ({
    targets: targets.map(name),
    nodes: nodes.map(name).sort(),
    infra: infra.length,
    wave,
    waitsFor: [...waitsFor].sort(),
    grace,
  }));
  units.sort((a, b) => (a.targets[0] < b.targets[0] ? -1 : 1));
  const { counts, blockers, stays, cycles, volumes } = plan;
  return `${JSON.stringify({ units, counts, blockers, stays, cycles, volumes: [...volumes].sort() })}\n`;
}
