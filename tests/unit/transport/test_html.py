"""Forms of a page, as a browser without scripts would send them."""

from reconciler.transport.html import forms_of, labels_of, title_of

PAGE = """
<html><head><title> FreePBX
 Administration</title></head><body>
<form name="edit" action="config.php?display=x" method="post">
  <input name="name" value="Ada &amp; Ben">
  <input name="empty">
  <input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off">
  <input type="checkbox" name="bare" checked>
  <input type="radio" name="way" value="a"><input type="radio" name="way" value="b" checked>
  <input type="radio" name="none" value="a">
  <select name="one"><option value="x">X</option><option value="y" selected>Y</option></select>
  <select name="first"><option value="p">P</option><option>q</option></select>
  <select name="many[]" multiple><option value="1" selected>1</option><option value="2" selected>
  2</option></select>
  <select name="nothing[]" multiple><option value="1">1</option></select>
  <textarea name="text">
line one
line two</textarea>
  <input name="locked" value="no" disabled>
  <input type="submit" name="send" value="Send"><input id="shown" value="for scripts">
  <input name="name" value="twice">
</form>
<input name="elsewhere" form="second" value="yes"><form id="second"></form>
</body></html>
"""


def test_a_form_holds_what_a_browser_would_send_in_its_order():
    form = forms_of(PAGE)[0]
    assert form.name == "edit"
    assert form.pairs == (
        ("name", "Ada & Ben"), ("empty", ""), ("on", "1"), ("bare", "on"), ("way", "b"),
        ("one", "y"), ("first", "p"), ("many[]", "1"), ("many[]", "2"),
        ("text", "line one\nline two"), ("name", "twice"),
    )  # fmt: skip
    assert form.get("name") == "twice"
    assert form.all("many[]") == ["1", "2"]


def test_a_form_tells_what_could_be_chosen_and_what_the_page_only_assumes():
    form = forms_of(PAGE)[0]
    assert form.choices["first"] == ("p", "q")
    assert form.choices["nothing[]"] == ("1",)
    assert "one" in form.chosen
    assert "first" not in form.chosen
    assert form.selects == {"one", "first", "many[]", "nothing[]"}
    assert form.nameless == (("shown", "for scripts"),)


def test_fields_that_stand_elsewhere_belong_to_the_form_they_name():
    assert forms_of(PAGE)[1].pairs == (("elsewhere", "yes"),)


def test_labels_title_and_nothing():
    assert labels_of(PAGE, "one") == {"x": "X", "y": "Y"}
    assert title_of(PAGE) == "FreePBX Administration"
    assert forms_of("") == ()
    assert title_of(" ") == ""


def test_values_are_never_printed():
    assert "Ada" not in repr(forms_of(PAGE)[0])
