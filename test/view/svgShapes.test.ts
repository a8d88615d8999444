import { expect, it } from 'vitest';
import { textWidth, truncateMiddle, truncateToWidth } from '../../src/view/graphPanel/svgShapes';

const size = 10;
const name = 'container-with-a-long-name-417';

it('truncates a name in its middle to the space, and keeps half as much of its end as of its beginning', () => {
  const space = textWidth('container-wit…e-417', size);
  const cut = truncateMiddle(name, size, space);
  expect(cut).toMatch(/^container.*….*417$/);
  expect(textWidth(cut, size)).toBeLessThanOrEqual(space);
  const [head = '', tail = ''] = cut.split('…');
  expect(Math.abs(tail.length - head.length / 2)).toBeLessThanOrEqual(1);
  expect(truncateMiddle(name, size, textWidth(name, size))).toBe(name);
  expect(truncateMiddle(name, size, 5)).toBe('');
});

it('counts ideographs and emoji as wide', () => {
  expect(textWidth('容器', size)).toBeGreaterThan(textWidth('mm', size));
  expect(truncateToWidth('容器容器容器', size, textWidth('容器容', size))).toBe('容器…');
});
