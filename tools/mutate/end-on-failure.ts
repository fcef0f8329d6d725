import fc from "fast-check";

// That a property fails is all that is asked: making the example small is for people, and takes longer than everything else.
fc.configureGlobal({ endOnFailure: true });
