// Renders the plan preview and posts the user's actions. Engine data is only set as text.
(() => {
  const editor = acquireVsCodeApi();
  const page = document.getElementById('page');
  const announcement = document.getElementById('announcement');
  const saved = { filter: '', ...editor.getState() };

  /** From this number of rows on, they can be filtered. */
  const minFilterRows = 30;
  /** Up to this number, kept rows are shown at first. */
  const maxOpenKept = 8;

  const kindIcons = {
    pod: 'M8 1.5l6 3.2v6.6l-6 3.2l-6-3.2v-6.6zM2 4.7l6 3.3l6-3.3M8 8v6.5',
    container: 'M2.5 4.5h11v7h-11zM6 4.5v7M10 4.5v7',
    volume: 'M3 4c0-2.6 10-2.6 10 0v8c0 2.6-10 2.6-10 0zM3 4c0 2.6 10 2.6 10 0',
    network: 'M6 2h4v4h-4zM2 10h4v4h-4zM10 10h4v4h-4zM8 6v2M4 10v-2h8v2',
    image: 'M5 2h9v9h-9zM11 11v3h-9v-9h3',
  };
  const shield = 'M8 1.5l5.5 2v4c0 3.5-2.3 5.9-5.5 7c-3.2-1.1-5.5-3.5-5.5-7v-4z';

  /** Creates an element; undefined children are skipped. */
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== undefined));
    return element;
  };

  const svgIcon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svgIcon.setAttribute('viewBox', '0 0 16 16');
  svgIcon.setAttribute('aria-hidden', 'true');
  svgIcon.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'));

  const icon = (path, className) => {
    const element = svgIcon.cloneNode(true);
    element.setAttribute('class', `icon ${className}`);
    element.firstChild.setAttribute('d', path);
    return element;
  };

  const text = (className, textContent) => make('span', { className, textContent });

  const button = (id, { label, enabled }, request, className = '') =>
    make('button', {
      id,
      textContent: label,
      disabled: !enabled,
      className,
      onclick: () => editor.postMessage(request),
    });

  const checkbox = (id, label, { isIncluded, canChange = true, include, exclude }) => {
    const element = make('input', {
      type: 'checkbox',
      id,
      checked: isIncluded === true,
      indeterminate: isIncluded === undefined,
      disabled: !canChange,
      onchange: ({ target: { checked } }) =>
        editor.postMessage({ type: 'include', keys: checked ? include : exclude, isIncluded: checked }),
    });
    element.setAttribute('aria-label', label);
    return element;
  };

  const toggle = (one) => {
    const canChange = one.isIncluded === true ? one.exclude.length > 0 : one.include.length > 0;
    const box = checkbox(`include ${one.id}`, one.label, { ...one, canChange });
    // A mixed box includes the rest.
    if (one.isIncluded === undefined) box.checked = false;
    return box;
  };

  /** Marks an element as that of a node, which the graph highlights while the element is hovered or focused. */
  const link = (element, key) => {
    element.dataset.key = key;
    return element;
  };

  const row = (one) => {
    const facts = one.facts.join(' · ');
    const label = [one.name, one.kindText, one.state, one.engine, one.timeout, facts].filter(Boolean).join(', ');
    const state = text('state', '');
    if (one.icon) state.append(icon(one.icon.path, `${one.icon.tone}${one.icon.solid ? ' solid' : ''}`));
    state.append(one.state);
    const isKept = !one.isIncluded && !one.isOffered;
    const name = text('name', '');
    name.append(icon(isKept ? shield : kindIcons[one.kind], isKept ? 'kept' : 'kind'));
    name.append(text('label', one.name));
    const item = make(
      'li',
      {
        className: `row${isKept ? ' retained' : ''}${one.inPod ? ' member' : ''}${one.mountedBy === undefined ? '' : ' mount'}`,
      },
      make(
        'label',
        {},
        checkbox(`include ${one.key}`, label, { ...one, exclude: [one.key] }),
        name,
        state,
        text('timeout', one.timeout ?? ''),
        text('facts', [one.engine, facts].filter(Boolean).join(' · ')),
      ),
    );
    return link(item, one.key);
  };

  const rows = (list) => make('ul', { className: 'rows' }, ...list.map(row));

  const step = (isNumbered) => (one, at) =>
    make(
      'section',
      { className: isNumbered ? 'step' : 'section' },
      isNumbered ? text('number', String(at + 1)) : undefined,
      make(
        'div',
        { className: 'title' },
        toggle(one.toggle),
        make('h2', { textContent: one.title }),
        one.timeout === undefined ? undefined : text('timeout', one.timeout),
      ),
      rows(one.rows),
    );

  const offered = ({ title, rows: list }) =>
    list.length === 0
      ? undefined
      : make(
          'section',
          { className: 'section', id: 'offered' },
          make('div', { className: 'title' }, make('h2', { textContent: title })),
          rows(list),
        );

  const kept = ({ title, toggle: all, rows: list }) => {
    if (list.length === 0) return undefined;
    const details = make(
      'details',
      { id: 'kept', open: saved.keptOpen ?? list.length <= maxOpenKept },
      make('summary', { id: 'kept-title' }, make('h2', { textContent: title })),
      all.include.length > 0
        ? make('label', { className: 'title' }, toggle(all), make('span', { textContent: all.label }))
        : undefined,
      rows(list),
    );
    details.addEventListener('toggle', () => save({ keptOpen: details.open }));
    return make('section', {}, details);
  };

  const blockers = (list) =>
    list.length === 0
      ? undefined
      : make(
          'ul',
          { className: 'blockers' },
          ...list.map((one) => link(make('li', {}, text('name', one.name), text('facts', one.reason)), one.key)),
        );

  const choice = (id, option, toRequest) =>
    option &&
    make(
      'label',
      { className: 'choice' },
      make('input', {
        type: 'checkbox',
        id,
        checked: option.checked,
        onchange: ({ target }) => editor.postMessage(toRequest(target.checked)),
      }),
      option.label,
    );

  const engines = (list) =>
    list.length === 0
      ? undefined
      : make(
          'div',
          { className: 'engines' },
          ...list.map((one) => make('label', { className: 'choice' }, toggle(one), text('', one.label))),
        );

  const pruneFilters = ({ filters: list, sizes }) => {
    if (list.length === 0 && !sizes) return undefined;
    const choose = () => {
      const valueOf = (id) => document.getElementById(`filter ${id}`)?.value ?? '';
      editor.postMessage({ type: 'filter', age: valueOf('age'), label: valueOf('label') });
    };
    const selects = list.map(({ id, label, options, value }) =>
      make(
        'label',
        { className: 'choice' },
        label,
        make(
          'select',
          { id: `filter ${id}`, onchange: choose },
          ...options.map((one) =>
            make('option', { value: one.value, textContent: one.label, selected: one.value === value }),
          ),
        ),
      ),
    );
    const measure = sizes ? [button('sizes', sizes, { type: 'sizes' })] : [];
    return make('div', { className: 'engines' }, ...selects, ...measure);
  };

  const filterField = (label, count) => {
    if (count <= minFilterRows) return undefined;
    const field = make('input', { type: 'search', id: 'filter', placeholder: label, value: saved.filter });
    field.setAttribute('aria-label', label);
    field.addEventListener('input', () => {
      save({ filter: field.value });
      applyFilter();
    });
    return field;
  };

  const applyFilter = () => {
    const words = document.getElementById('filter') ? saved.filter.trim().toLowerCase() : '';
    for (const one of page.querySelectorAll('.row')) {
      one.hidden = !one.querySelector('.label').textContent.toLowerCase().includes(words);
    }
    for (const section of page.querySelectorAll('section')) {
      section.hidden = !section.querySelector('.row:not([hidden])');
    }
  };

  const notice = (message, replan) =>
    message === undefined
      ? undefined
      : make(
          'p',
          { className: 'notice' },
          text('', message),
          button('replan', { label: replan, enabled: true }, { type: 'replan' }),
        );

  const buttons = (plan) => {
    const run = button('run', plan.run, { type: 'run', plan: plan.plan }, 'primary');
    run.classList.toggle('destructive', plan.isRemoval);
    const main = plan.includeDependents
      ? [button('include', plan.includeDependents, { type: 'includeDependents' }, 'primary')]
      : [run, button('copy', plan.copy, { type: 'copy' })];
    return make(
      'div',
      { className: 'buttons' },
      ...main,
      button('close', plan.close, { type: 'close' }),
      make('span', { id: 'summary', textContent: plan.summary }),
    );
  };

  const render = ({ page: plan, notice: message, replan }) => {
    const count = [...plan.steps, plan.offered, plan.kept].reduce((sum, { rows: list }) => sum + list.length, 0);
    return [
      make(
        'header',
        {},
        make('h1', { id: 'title', textContent: plan.title, tabIndex: -1 }),
        plan.duration === undefined ? undefined : make('p', { className: 'duration', textContent: plan.duration }),
        ...plan.facts.map((fact) => make('p', { className: 'fact', textContent: fact })),
        blockers(plan.blockers),
        notice(message, replan),
      ),
      buttons(plan),
      choice('keep-running', plan.keepRunning, (checked) => ({ type: 'running', choice: checked ? 'skip' : 'stop' })),
      choice('remove-quadlets', plan.removeQuadlets, (isIncluded) => ({ type: 'quadlets', isIncluded })),
      choice('back-up', plan.backUp, (isIncluded) => ({ type: 'backUp', isIncluded })),
      engines(plan.volumes === undefined ? plan.engines : [...plan.engines, plan.volumes]),
      filterField(plan.filter, count),
      pruneFilters(plan),
      plan.order !== undefined && plan.steps.length > 1
        ? make('p', { className: 'order', textContent: plan.order })
        : undefined,
      ...plan.steps.map(step(plan.order !== undefined)),
      offered(plan.offered),
      kept(plan.kept),
    ].filter((part) => part !== undefined);
  };

  const save = (change) => {
    Object.assign(saved, change);
    editor.setState(saved);
  };

  /** The focused element, whose focus and position on screen are restored after rendering. */
  let focused = 'title';
  document.addEventListener('focusin', ({ target }) => (focused = target.id));

  const renderInPlace = (data) => {
    const before = document.getElementById(focused)?.getBoundingClientRect().top;
    page.classList.toggle('removal', data.page.isRemoval);
    page.replaceChildren(...render(data));
    applyFilter();
    const element = document.getElementById(focused);
    const folded = element?.closest('details:not([open])');
    if (folded && element.id !== 'kept-title') folded.open = true;
    element?.focus({ preventScroll: true });
    if (element && before !== undefined) window.scrollBy(0, element.getBoundingClientRect().top - before);
    announcement.textContent = data.page.summary;
  };

  /** The node of the hovered or focused row. */
  let current;
  const setCurrent = (key) => {
    if (key === current) return;
    current = key;
    editor.postMessage({ type: 'hover', keys: key === undefined ? [] : [key] });
  };
  for (const type of ['mouseover', 'focusin'])
    page.addEventListener(type, ({ target }) => setCurrent(target.closest('[data-key]')?.dataset.key));
  for (const type of ['mouseleave', 'focusout']) page.addEventListener(type, () => setCurrent(undefined));

  /** Marks the rows of the nodes that the pointer hovers in the graph. */
  const markHovered = (keys) => {
    for (const one of page.querySelectorAll('.linked')) one.classList.remove('linked');
    const elements = keys.flatMap((key) => page.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? []);
    for (const one of elements) one.classList.add('linked');
    elements[0]?.scrollIntoView({ block: 'nearest' });
  };

  window.addEventListener('message', ({ data }) => {
    if (data.hovered) return markHovered(data.hovered);
    const planning = data.planning !== undefined;
    page.setAttribute('aria-busy', String(planning));
    if (planning && page.firstChild) {
      // Checkboxes stay usable while planning; the plan cannot be run.
      for (const id of ['run', 'include', 'copy']) document.getElementById(id)?.setAttribute('disabled', '');
      document.getElementById('summary').textContent = data.planning;
      return;
    }
    renderInPlace(data);
  });

  editor.postMessage({ type: 'ready' });
})();
