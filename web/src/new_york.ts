import { height, outlines, width } from 'virtual:counties';
import type { Outlines } from './join';

// The map that the page brings along.
export const newYork: Outlines = { width, height, outlines };
