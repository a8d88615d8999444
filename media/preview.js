// The script of the removal preview: draws what it is told and passes on what a person does. It decides nothing, and sets
// whatever comes from an engine as text alone.
(() => {
  const editor = acquireVsCodeApi();
  const page = document.getElementById('page');
  const spoken = document.getElementById('spoken');

  /** An element with properties, and children that are elements or text; undefined ones are left out. */
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

  const sentences = (className, words) =>
    words.length === 0
      ? undefined
      : make('ul', { className }, ...words.map((text) => make('li', { textContent: text })));

  const row = (one) => {
    const tick = make('input', {
      type: 'checkbox',
      id: `tick ${one.key}`,
      checked: one.isIncluded,
      disabled: !one.canChange,
      onchange: (event) => editor.postMessage({ type: 'include', key: one.key, goes: event.target.checked }),
    });
    const words = [one.reason, ...one.notes].join(' · ');
    const about = [one.kind, one.state, one.engine].filter(Boolean).join(' · ');
    const why = make('span', { className: 'why', textContent: words });
    tick.setAttribute('aria-label', `${one.name}, ${about}, ${words}`);
    return make(
      'li',
      { className: `row${one.isIncluded ? '' : ' stays'}${one.inPod ? ' member' : ''}` },
      make(
        'label',
        {},
        tick,
        make('span', { className: 'name', textContent: one.name }),
        make('span', { className: 'about', textContent: about }),
        why,
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

  const draw = ({ page: plan, notice, again }) => {
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
              button('again', { label: again, enabled: true }, { type: 'again' }),
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
      plan.waves.length > 0 ? make('p', { className: 'order', textContent: plan.orderTitle }) : undefined,
      ...plan.waves.map((wave) => make('section', {}, make('h2', { textContent: wave.title }), rows(wave.rows))),
      plan.retained.length > 0
        ? make('section', { id: 'stays' }, make('h2', { textContent: plan.retainedTitle }), rows(plan.retained))
        : undefined,
    ].filter((part) => part !== undefined);
  };

  /** Where a person was: what is drawn anew loses the focus. */
  let focused = '';
  document.addEventListener('focusin', ({ target }) => (focused = target.id));

  window.addEventListener('message', ({ data }) => {
    const planning = data.planning !== undefined;
    page.setAttribute('aria-busy', String(planning));
    if (planning && page.firstChild) {
      // Ticks stay as they were just set, and may go on being set; only nothing can be run.
      for (const id of ['run', 'include', 'copy']) document.getElementById(id)?.setAttribute('disabled', '');
      document.getElementById('summary').textContent = data.planning;
      return;
    }
    page.replaceChildren(...draw(data));
    document.getElementById(focused)?.focus();
    spoken.textContent = data.page.summary;
  });

  editor.postMessage({ type: 'ready' });
})();
