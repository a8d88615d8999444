// Renders the plan preview and posts the user's actions. Engine data is only set as text.
(() => {
  const editor = acquireVsCodeApi();
  const page = document.getElementById('page');
  const announcement = document.getElementById('announcement');

  /** Creates an element; undefined children are skipped. */
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== undefined));
    return element;
  };

  const button = (id, { label, enabled }, request, primary = false) =>
    make('button', {
      id,
      textContent: label,
      disabled: !enabled,
      className: primary ? 'primary' : '',
      onclick: () => editor.postMessage(request),
    });

  const sentences = (className, texts) =>
    texts.length === 0
      ? undefined
      : make('ul', { className }, ...texts.map((text) => make('li', { textContent: text })));

  const row = (one) => {
    const checkbox = make('input', {
      type: 'checkbox',
      id: `include ${one.key}`,
      checked: one.isIncluded,
      disabled: !one.canChange,
      onchange: (event) => editor.postMessage({ type: 'include', key: one.key, isIncluded: event.target.checked }),
    });
    const reason = [one.reason, ...one.notes].join(' · ');
    const details = [one.kind, one.state, one.engine].filter(Boolean).join(' · ');
    checkbox.setAttribute('aria-label', `${one.name}, ${details}, ${reason}`);
    return make(
      'li',
      { className: `row${one.isIncluded ? '' : ' retained'}${one.inPod ? ' member' : ''}` },
      make(
        'label',
        {},
        checkbox,
        make('span', { className: 'name', textContent: one.name }),
        make('span', { className: 'details', textContent: details }),
        make('span', { className: 'reason', textContent: reason }),
      ),
    );
  };

  const rows = (list) => make('ul', { className: 'rows' }, ...list.map(row));

  const runningChoice = (running) => {
    if (!running) return undefined;
    const option = (choice) =>
      make(
        'label',
        { className: 'choice' },
        make('input', {
          type: 'radio',
          name: 'running',
          id: `running ${choice}`,
          checked: running.chosen === choice,
          onchange: () => editor.postMessage({ type: 'running', choice }),
        }),
        running[choice],
      );
    return make('fieldset', {}, make('legend', { textContent: running.title }), option('stop'), option('skip'));
  };

  const render = ({ page: plan, notice, replan }) => {
    const { includeDependents } = plan;
    return [
      make(
        'header',
        {},
        make('h1', { textContent: plan.title }),
        sentences('facts', plan.facts),
        sentences('blockers', plan.blockers),
        runningChoice(plan.running),
        notice === undefined
          ? undefined
          : make(
              'p',
              { className: 'notice' },
              notice,
              ' ',
              button('replan', { label: replan, enabled: true }, { type: 'replan' }),
            ),
        make(
          'div',
          { className: 'buttons' },
          button('run', plan.run, { type: 'run', plan: plan.plan }, true),
          includeDependents && button('include', includeDependents, { type: 'includeDependents' }),
          button('copy', plan.copy, { type: 'copy' }),
          button('close', plan.close, { type: 'close' }),
          make('span', { id: 'summary', textContent: plan.summary }),
        ),
      ),
      plan.steps.length > 0 ? make('p', { className: 'order', textContent: plan.orderTitle }) : undefined,
      ...plan.steps.map((step) => make('section', {}, make('h2', { textContent: step.title }), rows(step.rows))),
      plan.retained.length > 0
        ? make('section', { id: 'retained' }, make('h2', { textContent: plan.retainedTitle }), rows(plan.retained))
        : undefined,
    ].filter((part) => part !== undefined);
  };

  /** The focused element, whose focus is restored after rendering. */
  let focused = '';
  document.addEventListener('focusin', ({ target }) => (focused = target.id));

  window.addEventListener('message', ({ data }) => {
    const planning = data.planning !== undefined;
    page.setAttribute('aria-busy', String(planning));
    if (planning && page.firstChild) {
      // Checkboxes stay usable while planning; the plan cannot be run.
      for (const id of ['run', 'include', 'copy']) document.getElementById(id)?.setAttribute('disabled', '');
      document.getElementById('summary').textContent = data.planning;
      return;
    }
    page.replaceChildren(...render(data));
    document.getElementById(focused)?.focus();
    announcement.textContent = data.page.summary;
  });

  editor.postMessage({ type: 'ready' });
})();
