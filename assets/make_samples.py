"""Writes the sample documents that need a program to write them: the agreement (PDF), the handbook (Word).

    python assets/make_samples.py

The other samples are text and stand in assets/samples/ as they are. All of it is invented: Larkspur Office
Coffee, Brightwave Roasters and the people named do not exist. The facts agree from one document to the
next, because people will ask questions that need two of them.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
FONTS = Path(__file__).parent / "fonts"

AGREEMENT_TITLE = "Brightwave framework agreement"
FOOTER = "Framework agreement Brightwave Roasters / Larkspur Office Coffee"

PARTIES = """
<h1>Framework agreement</h1>
<p class="under">for the supply of roasted coffee</p>
<p>between</p>
<p class="party"><span class="name">Brightwave Roasters Ltd</span>, 7 Quay Lane, Cork, Ireland<br>
(the “Supplier”)</p>
<p>and</p>
<p class="party"><span class="name">Larkspur Office Coffee Ltd</span>, 41 Harbour Street, Dublin, Ireland<br>
(the “Customer”)</p>
<p>dated 12 June 2024. Supplier and Customer are each called a “party” and together the “parties”.</p>
"""

# Section 4 names the price, 12 the term and the notice: the questions of a first visit are about these.
CLAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Subject of the agreement",
        (
            "The Supplier roasts coffee and delivers it to the Customer, who sells it to offices together "
            "with the machines that it rents out and services. This Agreement lays down the terms that "
            "apply to every order placed while it is in force.",
            "The products covered are the blends “Harbour”, “Morning Tide” and “Night Ferry” "
            "(decaffeinated), each in bags of one kilogram, as described in Annex A.",
            "General terms of business of either party do not apply, even where an order or an invoice "
            "refers to them.",
        ),
    ),
    (
        "Orders and forecast",
        (
            "By the fifteenth day of each month the Customer sends a forecast of the quantities it expects "
            "to need in the following three months. The forecast does not oblige the Customer to buy.",
            "The Customer orders in writing, by email at the latest five working days before the wished "
            "delivery date. The Supplier confirms each order within one working day.",
            "The Customer orders at least 6,000 kilograms in each calendar year. If it orders less, the "
            "Supplier may charge €1.10 for each kilogram that is missing.",
        ),
    ),
    (
        "Delivery",
        (
            "Deliveries are made free of charge to the Customer’s warehouse at 41 Harbour Street, Dublin, "
            "on Tuesdays and Fridays between 7 and 11 o’clock.",
            "Coffee is delivered no later than ten days after roasting. The date of roasting is printed on "
            "each bag.",
            "If a delivery is more than three working days late, the Customer may deduct 2% of the value "
            "of the late goods for each further working day, up to 10% in all. Further rights are not "
            "affected.",
            "Risk and title pass to the Customer when the goods are unloaded.",
        ),
    ),
    (
        "Prices and payment",
        (
            "The price of the blends “Harbour” and “Morning Tide” is €14.20 per kilogram, that of “Night "
            "Ferry” is €15.60 per kilogram. Prices are net of value added tax and include packaging and "
            "delivery.",
            "These prices are fixed until 31 March 2027. From then on they follow, once a year on 1 April, "
            "the producer price index for processed coffee published by the Central Statistics Office, by "
            "no more than 4% in a year.",
            "The Supplier announces a changed price at least sixty (60) days before it takes effect and "
            "shows how it was worked out.",
            "Invoices are sent by email and are due thirty (30) days after receipt. For payment within ten "
            "days the Customer may deduct 2%.",
            "A party that pays late owes interest of 8 percentage points above the main refinancing rate "
            "of the European Central Bank.",
        ),
    ),
    (
        "Quality",
        (
            "The Supplier keeps a sample of two hundred grams of every batch for twelve months and gives "
            "it to the Customer on request.",
            "The moisture of roasted beans does not exceed 2.5%, and the colour lies between 58 and 64 on "
            "the Agtron scale. Both are measured for every batch and recorded.",
            "The Supplier is certified to ISO 22000 and sends a copy of each new certificate without being "
            "asked.",
        ),
    ),
    (
        "Defects",
        (
            "The Customer inspects the goods on delivery and reports visible defects within five working "
            "days. Hidden defects are reported within five working days after they have been found.",
            "Defective goods are replaced at the Supplier’s expense within three working days. If that "
            "fails twice, the Customer may withdraw from the order and have the price refunded.",
        ),
    ),
    (
        "Recall",
        (
            "A party that learns that delivered coffee may endanger health informs the other by telephone "
            "at once, and in writing within twenty-four hours.",
            "The Supplier bears the cost of a recall unless the cause lies with the Customer.",
        ),
    ),
    (
        "Liability",
        (
            "Each party is liable without limit for intent, gross negligence and injury to life or health.",
            "Otherwise liability is limited to €250,000 for each event and €500,000 in a calendar year. "
            "Neither party is liable for lost profit.",
        ),
    ),
    (
        "Insurance",
        (
            "The Supplier maintains product liability insurance with a sum insured of at least €3 million "
            "for each event and proves it once a year.",
        ),
    ),
    (
        "Confidentiality",
        (
            "The parties keep prices, quantities and recipes confidential, and use what they learn about "
            "each other only to perform this Agreement.",
            "This duty continues for three years after the Agreement has ended.",
        ),
    ),
    (
        "Contact persons",
        (
            "The Supplier names Maeve Corrigan, head of sales; the Customer names Tomás Byrne, head of "
            "purchasing. A change is announced in writing.",
            "The contact persons meet every quarter and go through deliveries, complaints and the forecast.",
        ),
    ),
    (
        "Term and termination",
        (
            "This Agreement enters into force on 1 July 2024 and has a first term until 30 June 2027. "
            "During the first term termination without cause is excluded.",
            "After the first term either party may terminate this Agreement by giving ninety (90) days’ "
            "written notice with effect to the end of a calendar quarter.",
            "The right of either party to terminate for good cause remains unaffected. Good cause exists "
            "in particular where the other party becomes insolvent, or where the Supplier fails to deliver "
            "on the agreed date three times within six months.",
            "Notices under this section must be given in writing, by registered post, to the address named "
            "in section 18. Email is not enough.",
            "Orders that were confirmed before the Agreement ends are still carried out under its terms.",
        ),
    ),
    (
        "Force majeure",
        (
            "A party is not liable for a failure caused by events that it could neither foresee nor avoid, "
            "such as natural disasters, epidemics or closed ports, as long as they last.",
            "If such an event lasts more than sixty days, either party may withdraw from the orders it "
            "affects.",
        ),
    ),
    (
        "Substitute supply",
        (
            "While the Supplier cannot deliver, for whatever reason, the Customer may buy elsewhere. The "
            "quantities bought elsewhere count towards the yearly minimum of section 2.3.",
        ),
    ),
    (
        "Trade marks",
        (
            "The Customer may use the name “Brightwave” and the names of the blends in its price lists and "
            "on its website while this Agreement is in force. Any other use needs consent in writing.",
        ),
    ),
    (
        "Data protection",
        (
            "The parties exchange personal data of contact persons only, and delete them at the latest one "
            "year after the Agreement has ended.",
        ),
    ),
    (
        "Changes",
        (
            "Changes and additions to this Agreement, this section included, are valid only in writing and "
            "signed by both parties.",
        ),
    ),
    (
        "Addresses for notices",
        (
            "To the Supplier: Brightwave Roasters Ltd, Legal Department, 7 Quay Lane, Cork.",
            "To the Customer: Larkspur Office Coffee Ltd, Management, 41 Harbour Street, Dublin.",
        ),
    ),
    (
        "Governing law and courts",
        (
            "This Agreement is governed by the law of Ireland. The United Nations Convention on Contracts "
            "for the International Sale of Goods does not apply. The courts of Dublin have jurisdiction.",
        ),
    ),
    (
        "Severability",
        (
            "If a provision of this Agreement is or becomes invalid, the others remain in force. The "
            "parties will replace it by a valid one that comes as close as possible to what they intended.",
        ),
    ),
)

SIGNATURES = """
<p class="signed">&nbsp;</p>
<table width="100%" cellspacing="0" cellpadding="0"><tr>
<td width="50%">Cork, 12 June 2024<br><br><br>______________________________<br>
Brightwave Roasters Ltd<br>Maeve Corrigan</td>
<td width="50%">Dublin, 12 June 2024<br><br><br>______________________________<br>
Larkspur Office Coffee Ltd<br>Deirdre Walsh</td>
</tr></table>
"""

ANNEX = """
<h2 style="page-break-before: always">Annex A: Products</h2>
<p>Net prices per kilogram, fixed until 31 March 2027 (section 4.2).</p>
<table width="100%" cellspacing="0" cellpadding="6" border="1"
style="border-collapse: collapse; border-color: #999">
<tr><th align="left">Blend</th><th align="left">Description</th><th align="right">Bag</th>
<th align="right">Price</th></tr>
<tr><td>Harbour</td><td>70% arabica, 30% robusta, dark roast</td><td align="right">1 kg</td>
<td align="right">€14.20</td></tr>
<tr><td>Morning Tide</td><td>100% arabica, medium roast</td><td align="right">1 kg</td>
<td align="right">€14.20</td></tr>
<tr><td>Night Ferry</td><td>100% arabica, decaffeinated with water</td><td align="right">1 kg</td>
<td align="right">€15.60</td></tr>
</table>
<h2>Annex B: Delivery calendar</h2>
<p>No deliveries are made on public holidays in Ireland and between 24 December and 2 January. Where a
delivery day falls on one of these days, the goods are delivered on the working day before.</p>
"""

STYLE = """
body { color: #1d1d1b }
h1 { font-size: 22pt; font-weight: 600; margin-top: 40px; margin-bottom: 0 }
h2 { font-size: 11pt; font-weight: 600; margin-top: 16px; margin-bottom: 4px }
p { margin-top: 0; margin-bottom: 7px; line-height: 135% }
p.under { font-size: 13pt; color: #555; margin-bottom: 34px }
p.party { margin-top: 8px; margin-bottom: 12px }
span.name, th { font-weight: 600 }
p.signed { margin-top: 30px }
"""

# Heading, then paragraphs; a list is a tuple, a table a list of rows.
HANDBOOK: tuple[tuple[int, str, tuple[Any, ...]], ...] = (
    (
        1,
        "Welcome",
        (
            "This handbook describes how we work together at Larkspur Office Coffee. It applies to "
            "everybody who is employed here, in the office, in the warehouse and on the road. Where your "
            "contract says something else, the contract comes first.",
            "Questions go to Aoife Nolan, who looks after people and pay (extension 12, "
            "people@larkspur.example). This edition is valid from 1 January 2026.",
        ),
    ),
    (1, "Leave", ()),
    (
        2,
        "Annual leave",
        (
            "Full-time staff have 27 days of paid annual leave in a calendar year, on top of the public "
            "holidays. Who works part-time has the corresponding share. After five years with us two days "
            "are added.",
            "Leave of up to three days is requested at least one week ahead, longer leave at least four "
            "weeks ahead, in the leave calendar. Your team lead answers within three working days.",
            "Up to five days can be carried over into the next year. They must be taken by 31 March, or "
            "they are lost.",
        ),
    ),
    (
        2,
        "Parental and special leave",
        (
            "We grant paid special leave in these cases:",
            (
                "two days for moving house, once in two years;",
                "three days for a wedding of your own;",
                "five days when a close relative dies;",
                "ten days for the second parent after a birth, in addition to what the law provides.",
            ),
        ),
    ),
    (1, "Working hours and remote work", ()),
    (
        2,
        "Working hours",
        (
            "The working week has 38 hours. Core time in the office is from 10 to 15 o’clock; technicians "
            "follow the route plan that is published every Thursday for the following week.",
            "Overtime is agreed with the team lead beforehand and is balanced by time off within three "
            "months.",
        ),
    ),
    (
        2,
        "Remote work",
        (
            "Office staff may work from home on up to two days a week. Tuesday is the day on which "
            "everybody is in the office. More days are possible for a limited time if your team lead "
            "agrees.",
            "Working from another country of the European Union is possible for up to 20 working days a "
            "year. It needs approval by Aoife Nolan four weeks ahead, because of tax and social insurance.",
            "For a desk at home we pay €250 once, against a receipt.",
        ),
    ),
    (1, "Sickness", ()),
    (
        2,
        "Reporting sick",
        (
            "If you are ill, please call or write to your team lead before 9 o’clock on the first day. A "
            "doctor’s certificate is needed from the third day of sickness on.",
            "We pay full wages for the first six weeks of an illness, and 70% for the six weeks after that.",
        ),
    ),
    (
        2,
        "When a child is ill",
        ("Parents of children under twelve have five paid days a year to look after a child who is ill.",),
    ),
    (1, "Expenses and travel", ()),
    (
        2,
        "What we reimburse",
        (
            "Expenses are handed in with receipts by the end of the following month, in the expenses form. "
            "They are paid with the next wages. Amounts above €500 need approval before the money is "
            "spent.",
            [
                ("What", "How much"),
                ("Train", "second class, full price"),
                ("Own car", "€0.42 per kilometre"),
                ("Hotel", "up to €140 a night with breakfast"),
                ("Meals, 5 to 10 hours away", "€19.25 a day"),
                ("Meals, more than 10 hours away", "€46.17 a day"),
                ("Client dinner", "up to €55 a person, with the names of the guests"),
            ],
        ),
    ),
    (
        2,
        "Company vans",
        (
            "Vans are for work. Damage, however small, is reported to the workshop on the same day "
            "(extension 30). Fines are paid by whoever drove.",
        ),
    ),
    (1, "Training", ()),
    (
        2,
        "Budget for training",
        (
            "Everybody has a training budget of €900 and three working days a year. What is not used "
            "lapses at the end of the year. Technicians renew their electrical safety certificate every "
            "two years; that course does not count towards the budget.",
        ),
    ),
    (1, "Equipment and data", ()),
    (
        2,
        "Laptops and telephones",
        (
            "Laptops are replaced after four years. Lost or stolen devices are reported at once to IT "
            "(extension 15), at night and at weekends too, so that they can be locked.",
            "Customers’ data stay on company devices. They are not sent to private mailboxes and not "
            "entered into online services that have not been approved by IT.",
        ),
    ),
    (
        1,
        "Leaving the company",
        (
            "During the probation of six months the notice period is one week for both sides. After that "
            "it is four weeks, and after five years eight weeks, to the end of a month. Keys, laptop and "
            "telephone are handed in on the last day of work.",
        ),
    ),
)


def agreement_html() -> str:
    clauses = []
    for number, (heading, paragraphs) in enumerate(CLAUSES, 1):
        clauses.append(f"<h2>{number}. {heading}</h2>")
        clauses += [f"<p>{number}.{place} {text}</p>" for place, text in enumerate(paragraphs, 1)]
    return f"<body>{PARTIES}{''.join(clauses)}{SIGNATURES}{ANNEX}</body>"


def write_agreement(path: Path) -> None:
    """Lay the agreement out on A4 and write it as a PDF with page numbers."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QMarginsF, QRectF, QSizeF
    from PySide6.QtGui import (
        QAbstractTextDocumentLayout,
        QFont,
        QFontDatabase,
        QGuiApplication,
        QPageLayout,
        QPageSize,
        QPainter,
        QPdfWriter,
        QTextDocument,
    )

    application = QGuiApplication.instance() or QGuiApplication([])
    for font in sorted(FONTS.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(font))
    writer = QPdfWriter(str(path))
    writer.setTitle(AGREEMENT_TITLE)
    writer.setCreator("Carrel sample documents")
    writer.setResolution(600)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(26, 24, 26, 22), QPageLayout.Unit.Millimeter)

    document = QTextDocument()
    document.setDefaultFont(_plain(QFont("Inter", 10)))
    document.setDefaultStyleSheet(STYLE)
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    document.setHtml(agreement_html())
    width, height = float(writer.width()), float(writer.height())
    body = height - writer.resolution() * 0.55  # room for the footer
    document.setPageSize(QSizeF(width, body))

    painter = QPainter(writer)
    context = QAbstractTextDocumentLayout.PaintContext()
    for page in range(document.pageCount()):
        if page:
            writer.newPage()
        painter.save()
        painter.translate(0, -page * body)
        context.clip = QRectF(0, page * body, width, body)
        document.documentLayout().draw(painter, context)
        painter.restore()
        painter.setFont(_plain(QFont("Inter", 8)))
        baseline = int(height - writer.resolution() * 0.02)
        painter.drawText(0, baseline, FOOTER)
        number = f"Page {page + 1} of {document.pageCount()}"
        painter.drawText(int(width) - painter.fontMetrics().horizontalAdvance(number), baseline, number)
    painter.end()
    del application


def _plain(font: Any) -> Any:
    """Inter swaps glyphs beside digits and capitals; Qt's PDFs do not say which characters these are."""
    from PySide6.QtGui import QFont

    font.setFeature(QFont.Tag("calt"), 0)
    return font


def write_handbook(path: Path) -> None:
    from docx import Document
    from docx.shared import Pt

    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Staff handbook", "Larkspur Office Coffee", ""
    properties.created = properties.modified = dt.datetime(2025, 12, 15, 9, 0)
    document.add_heading("Staff handbook", 0)
    for level, heading, contents in HANDBOOK:
        document.add_heading(heading, level)
        for content in contents:
            _add(document, content)
    document.save(str(path))


def _add(document: Any, content: str | tuple[str, ...] | list[tuple[str, str]]) -> None:
    if isinstance(content, str):
        document.add_paragraph(content)
    elif isinstance(content, tuple):
        for item in content:
            document.add_paragraph(item, style="List Bullet")
    else:
        table = document.add_table(rows=0, cols=2, style="Light Grid Accent 1")
        for row in content:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text


if __name__ == "__main__":
    write_agreement(SAMPLES / f"{AGREEMENT_TITLE}.pdf")
    write_handbook(SAMPLES / "Staff handbook.docx")
