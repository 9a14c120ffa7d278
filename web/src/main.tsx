import { render } from 'preact';
import './style.css';
import { App } from './app';
import { applyTheme, keptTheme } from './theme';

applyTheme(keptTheme());
render(<App />, document.getElementById('app')!);
