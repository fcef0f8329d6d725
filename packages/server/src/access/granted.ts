import type { Actor } from "./actor.ts";
import type { Action } from "./catalogue.ts";
import { decide, type Reach, type ResourceObject } from "./reach.ts";
import { reachOf } from "./reach-of.ts";

/** A thing that is there: what a function needs that takes the id of what it changes or tells from a grant. */
export interface Thing extends ResourceObject {
  readonly id: string;
}

/**
 * That this actor may do this action on this object, as `authorize` found. Whatever changes or discloses something takes
 * one, and the ids that it works on from `object`: so a check that was forgotten does not compile, and one of another
 * thing or for another action does not fit.
 *
 * It tells of the moment of its making. What stays open for longer asks {@link again} when something has changed.
 */
export class Granted<A extends Action, O extends ResourceObject = ResourceObject> {
  // A private name: nothing but an instance fits this type, and only `authorize.ts` makes any.
  readonly #action: A;
  readonly actor: Actor;
  readonly object: O;

  constructor(actor: Actor, action: A, object: O) {
    this.actor = actor;
    this.#action = action;
    this.object = object;
  }

  get action(): A {
    return this.#action;
  }

  /**
   * The same right of the actor as it is now (its roles, memberships, scopes) on the object as it is now (its owner, its
   * access list), each left out where it is as before; undefined when it is no more.
   */
  again(now: { readonly actor?: Actor; readonly object?: O }): Granted<A, O> | undefined {
    const { actor = this.actor, object = this.object } = now;
    return decide(reachOf(actor, this.action), object) ? new Granted(actor, this.action, object) : undefined;
  }
}

/** Where this actor may do this action: what a list takes, whose rows are those in `reach`. */
export class GrantedList<A extends Action> {
  readonly #action: A;
  readonly actor: Actor;
  readonly reach: Reach;

  constructor(actor: Actor, action: A) {
    this.actor = actor;
    this.#action = action;
    this.reach = reachOf(actor, action);
  }

  get action(): A {
    return this.#action;
  }

  /** The same for the actor as it is now; it may reach nothing. */
  again(actor: Actor): GrantedList<A> {
    return new GrantedList(actor, this.action);
  }
}

/** What a list is in: an organization, a user. */
export type Container = Omit<ResourceObject, "id">;

/** That this actor may see what is in one thing, and which ids of it: what the list of the members of an organization takes. */
export class GrantedWithin<A extends Action, C extends Container = Container> {
  readonly #action: A;
  readonly actor: Actor;
  readonly container: C;
  /** Those that the actor's key reaches; undefined: all. */
  readonly ids: readonly string[] | undefined;

  constructor(actor: Actor, action: A, container: C, ids: readonly string[] | undefined) {
    this.actor = actor;
    this.#action = action;
    this.container = container;
    this.ids = ids;
  }

  get action(): A {
    return this.#action;
  }
}

/** Any form of grant: what a route that declares the action gives with its answer. */
export type Grant<A extends Action> = Granted<A> | GrantedList<A> | GrantedWithin<A>;
