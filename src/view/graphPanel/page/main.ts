import { toPage } from '../messages';
import { listenToKeys } from './keys';
import { GraphPage } from './page';
import { listenToPointer } from './pointer';

const page = new GraphPage();
listenToPointer(page);
listenToKeys(page);
window.addEventListener('message', ({ data }) => {
  const message = toPage(data);
  if (message) page.take(message);
});
page.store.post({ type: 'ready', folds: page.store.kept.folds });
