import { useState, type FormEvent } from "react";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { FormError } from "../ui/ErrorNote.tsx";
import { TextField } from "../ui/Field.tsx";
import { remainingWords } from "../words/error-words.ts";

interface DeleteDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** What is to be deleted, as in "Delete …?". */
  title: string;
  /** What has to be typed. */
  word: string;
  onDelete: () => void;
  isPending: boolean;
  error: unknown;
}

/** Asks for the name before something goes for good. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { isOpen, onClose, title } = props;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Delete ${title}?`}
      description="Everything in it goes for good: its files, what runs in it, and its log."
    >
      <DeleteForm {...props} />
    </Dialog>
  );
}

/** Apart from the window, so that what was typed goes when it closes. */
function DeleteForm({ word, title, onClose, onDelete, isPending, error }: DeleteDialogProps) {
  const [typed, setTyped] = useState("");
  const isSure = typed.trim() === word;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isSure && !isPending) onDelete();
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField
        label={
          <>
            Type <b>{word}</b> to go on
          </>
        }
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <FormError>{error ? remainingWords(error, []) : undefined}</FormError>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button
          type="submit"
          look="danger"
          icon="trash"
          isPending={isPending}
          disabledReason={isSure ? undefined : `Type ${word} first.`}
        >
          Delete {title}
        </Button>
      </div>
    </form>
  );
}
