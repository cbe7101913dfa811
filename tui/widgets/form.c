#include "widgets/form.h"

enum form_move form_key(struct form *form, const struct term_key *key)
{
    if (key->pasted) {
        return FORM_STAYS;
    }
    switch (key->code) {
    case TERM_ENTER:
        if (form->focus + 1 == form->count) {
            return FORM_DONE;
        }
        form->focus++;
        return FORM_MOVED;
    case TERM_TAB:
    case TERM_DOWN:
        form->focus = (form->focus + 1) % form->count;
        return FORM_MOVED;
    case TERM_BACKTAB:
    case TERM_UP:
        form->focus = (form->focus + form->count - 1) % form->count;
        return FORM_MOVED;
    default:
        return FORM_STAYS;
    }
}
