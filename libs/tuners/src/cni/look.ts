import {
  ClusterForbidden,
  ClusterUnreachable,
  objectText,
  type ClusterReader,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../by-text.js';

type Kind = { readonly apiVersion: string; readonly kind: string; readonly namespace?: string };

/**
 * Looks at objects and remembers what could not be seen. Absent and forbidden both answer nothing;
 * only the second is remembered, and a planner refuses what it would have needed to see.
 */
export class Look {
  readonly #reader: ClusterReader;
  readonly #signal: AbortSignal;
  readonly #unseen = new Map<string, string>();

  constructor(reader: ClusterReader, signal: AbortSignal) {
    this.#reader = reader;
    this.#signal = signal;
  }

  async at(ref: ObjectRef): Promise<SeenObject | null> {
    return await this.#orUnseen(
      objectText(ref),
      ref.apiVersion,
      this.#reader.read(ref, this.#signal),
      null,
    );
  }

  async all(kind: Kind): Promise<readonly SeenObject[]> {
    const place = kind.namespace === undefined ? '' : ` in ${kind.namespace}`;
    const what = `all ${kind.kind}s of ${kind.apiVersion}${place}`;
    const found = this.#reader.list(kind, {}, this.#signal);
    return await this.#orUnseen(what, kind.apiVersion, found, []);
  }

  get unseen(): { what: string; why: string }[] {
    return [...this.#unseen]
      .map(([what, why]) => ({ what, why }))
      .toSorted((a, b) => byText(a.what, b.what));
  }

  async #orUnseen<T>(
    what: string,
    apiVersion: string,
    looking: Promise<T>,
    otherwise: T,
  ): Promise<T> {
    try {
      return await looking;
    } catch (error) {
      // A group behind an aggregated API server may be down while the cluster itself is well.
      const isAggregated = apiVersion === 'projectcalico.org/v3';
      if (error instanceof ClusterForbidden) this.#unseen.set(what, 'it may not be read');
      else if (isAggregated && error instanceof ClusterUnreachable)
        this.#unseen.set(what, 'the API server behind projectcalico.org/v3 does not answer');
      else throw error;
      return otherwise;
    }
  }
}
