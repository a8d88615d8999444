// Test extension: appends each offered plan as a line of JSON to the file in PODGRAPH_PLANS, because the UI doesn't show
// all details of a plan.
const { appendFileSync } = require('node:fs');
const vscode = require('vscode');

exports.activate = (context) => {
  const { actions } = vscode.extensions.getExtension('podgraph.podgraph').exports;
  context.subscriptions.push(actions.onDidOfferPlan((plan) => appendFileSync(process.env.PODGRAPH_PLANS, line(plan))));
};

function line(plan) {
  const name = (key) => plan.nodes.get(key).node.name;
  const units = plan.units.map(({ targets, nodes, infra, step, hardDependencies, stopTimeout }) => ({
    targets: targets.map(name),
    nodes: nodes.map(name).sort(),
    infra: infra.length,
    step,
    hardDependencies: [...hardDependencies].sort(),
    stopTimeout,
  }));
  units.sort((a, b) => (a.targets[0] < b.targets[0] ? -1 : 1));
  const { counts, blockers, retained, cycles, volumes } = plan;
  return `${JSON.stringify({ units, counts, blockers, retained, cycles, volumes: [...volumes].sort() })}\n`;
}
