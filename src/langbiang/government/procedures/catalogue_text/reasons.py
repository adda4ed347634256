"""Plain words for every reason code. The texts are message ids: the room that shows them translates them."""

REASON_TEXT: dict[str, str] = {
    # the text as a whole
    "empty_text": "The record has no text.",
    "text_too_large": "The text is longer than any catalogue page and was not read.",
    "not_a_catalogue_page": "The headings of a catalogue page were not found.",
    "heading_missing": "A heading of the catalogue page was not found.",
    "code_unreadable": "There is no procedure code of the form 1.001193.",
    "code_differs": "The code in the text is not the code of the record.",
    "title_differs": "The title is written in two ways.",
    "split_fields_only": "Only the exported fields were there, not the full text.",
    "split_field_differs": "The exported field differs from the full text; the full text was used.",
    "not_stated": "The catalogue says there is no information.",
    "value_not_in_list": "The value is not in the closed list of the catalogue.",
    "superseded_agency": "The agency no longer exists; find its successor.",
    # channels
    "no_channel_rows": "No complete row of channel, time limit and fee was found.",
    "channel_preface": "There is text before the first channel row.",
    "channel_repeated": "A channel has several rows; each is kept as a tier.",
    # time limits
    "duration_without_unit": "The time limit is a number without a unit.",
    "duration_not_stated": "The time limit cell is empty; no other sentence tells it.",
    "duration_from_text": "The time limit was taken from the text, not from its cell.",
    "duration_in_stages": "The time limit is told in stages.",
    "duration_same_day": "The steps say the result is due the same day.",
    "duration_same_number": "The unit was taken from a sentence with the same number.",
    "duration_sum_of_stages": "The number is the sum of the stages told in the steps.",
    "duration_legal_rule": "The unit or limit was taken from a legal rule kept as data.",
    "duration_other_channel": "The time limit was taken from another channel of the same procedure.",
    "duration_proposed": "Working days are proposed; nothing in the text supports or denies it.",
    "duration_conflicts_with_text": "The number in the cell does not agree with the text.",
    "duration_and_fee_glued": "Time limit and fee are written as one number; several readings are possible.",
    "hour_kind_open": "The limit is in hours without saying working hours.",
    # fees
    "fee_not_stated": "The fee cell says there is no information.",
    "fee_set_by_council": "The fee is set by the provincial People's Council.",
    "fee_set_by_act": "The fee is set by the act named in the note.",
    "fee_amount_in_note": "The cell says free but the note names an amount.",
    "fee_named_in_note": "The cell says free but the note names a fee without an amount.",
    "fee_exemptions_only": "The cell says free but the note lists who is exempt, so others pay.",
    "fee_other_channel_council": "Another channel of the procedure says the People's Council sets the fee.",
    "fee_other_channel_unknown": "Another channel of the procedure shows that there is a fee.",
    "fee_other_channels_free": "The other channels of the procedure are free.",
    "fee_extra_optional": "The note names a further fee for something asked in addition.",
    "fee_not_prescribed": "The note says that no fee is prescribed.",
    "fee_in_thousands": "The amount is below 1,000 đồng and was read as thousands.",
    "fee_in_dollars": "The amount is below 1,000 đồng and filed abroad; it was read as US dollars.",
    "fee_placeholder": "The amount of 1 đồng stands for no fee.",
    "fee_two_fees": "The text beside the amount names a further fee.",
    "fee_dated": "The note names an amount that holds between two days.",
    "fee_in_steps": "The cell says free, but the steps speak of a fee to pay.",
    "fee_share": "The text beside the amount says that only a share of it is charged for some time.",
    "note_unbalanced": "The brackets of the note do not close.",
    # components
    "no_documents": "No component table was found.",
    "documents_not_stated": "The catalogue names no component.",
    "document_without_quantity": "A component has no quantity.",
    "quantity_glued": "The quantity was separated from a number before it.",
    "form_file_unclear": "Name and form file could not be separated surely.",
    # legal bases and results
    "legal_code_missing": "A legal basis has no number.",
    "legal_columns_swapped": "Title and number of a legal basis were exchanged.",
    "legal_split_unsure": "The end of a legal title could not be told surely.",
    "result_code_missing": "A result has no code.",
    "result_code_odd": "The code of a result has an unusual form; it is kept as written.",
    # the file
    "file_link": "The file is a link to another folder.",
    "file_too_large": "The file is larger than 5 MB.",
    "file_unreadable": "The file cannot be opened.",
    "file_not_json": "The file is not JSON in UTF-8.",
    "file_no_record": "The file does not hold a record.",
    "record_unreadable": "The record cannot be read.",
    "record_not_kept": "The record could not be kept.",
    "code_twice": "The code comes twice in this import.",
}


def explain(code: str) -> str:
    """The English sentence for a reason code; the code itself when it is not known."""
    return REASON_TEXT.get(code, code)
