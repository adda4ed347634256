"""Administrative units in time. Codes are used again after a reform, so the key of any fact is (code, day)."""

from django.db import models
from django.db.models import F, Q


class Place(models.Model):
    """A unit as it was from a day to a day. Renaming, re-grading or moving it closes one row and opens the next."""

    class Level(models.TextChoices):
        PROVINCE = "province"
        COMMUNE = "commune"

    class Kind(models.TextChoices):
        CITY = "city"
        PROVINCE = "province"
        COMMUNE = "commune"
        WARD = "ward"
        TOWN = "town"  # thị trấn, until 01/07/2025
        SPECIAL_ZONE = "special_zone"

    code = models.CharField(max_length=12)
    # Made from level and code: what the database compares to keep two rows of a code from holding on one day.
    code_num = models.PositiveIntegerField(editable=False)
    level = models.CharField(max_length=10, choices=Level.choices)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    # A code, not a row: which row of that code is meant follows from the day.
    parent_code = models.CharField(max_length=12, blank=True)
    district = models.CharField(max_length=80, blank=True)  # of former units; there is no district level today
    # Published, and measured on the boundary: the two never agree, and neither corrects the other.
    area_km2 = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    area_measured_km2 = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    population_on = models.DateField(null=True, blank=True)
    population_source = models.CharField(max_length=200, blank=True)
    local_epsg = models.PositiveIntegerField(null=True, blank=True)  # of its cadastral data
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    legal_ref = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(default=False)
    folded = models.CharField(max_length=160, editable=False)
    sort_key = models.CharField(max_length=400, editable=False)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        # places_place_one_row_a_day (an exclusion rule over code_num and the days) is made in the first migration.
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="places_place_dates"
            ),
            models.CheckConstraint(
                condition=Q(level="province", parent_code="", kind__in=["city", "province"])
                | (Q(level="commune", kind__in=["commune", "ward", "town", "special_zone"]) & ~Q(parent_code="")),
                name="places_place_kind_fits_level",
            ),
            models.CheckConstraint(
                condition=Q(area_km2__isnull=True) | Q(area_km2__gt=0), name="places_place_area_is_positive"
            ),
            models.UniqueConstraint(fields=["code", "valid_from"], name="places_place_code_and_day"),
        ]
        indexes = [models.Index(fields=["parent_code", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name} ({self.valid_from})"


class PlaceSuccession(models.Model):
    """What became of a unit: where its territory and people went, as a whole or in which part."""

    class Kind(models.TextChoices):
        MERGE = "merge"
        SPLIT = "split"
        RENAME = "rename"  # a new name or a new grade
        TRANSFER = "transfer"  # the same unit below another superior

    old = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="successions")
    new = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="predecessions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    is_whole = models.BooleanField(default=True)
    # Shares of the old unit that went this way, by territory and by people; empty: nobody has published them.
    weight_area = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    weight_population = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    weight_source = models.CharField(max_length=200, blank=True)
    effective_on = models.DateField()
    legal_ref = models.CharField(max_length=300)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="places_succession_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="places_succession_to_another_row"),
            models.CheckConstraint(
                condition=Q(weight_area__isnull=True) | Q(weight_area__gt=0, weight_area__lte=1),
                name="places_succession_share_of_area",
            ),
            models.CheckConstraint(
                condition=Q(weight_population__isnull=True) | Q(weight_population__gt=0, weight_population__lte=1),
                name="places_succession_share_of_people",
            ),
            models.CheckConstraint(
                condition=Q(weight_area__isnull=True, weight_population__isnull=True) | ~Q(weight_source=""),
                name="places_succession_share_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_id} -> {self.new_id} ({self.kind})"


class PlaceGroup(models.Model):
    """Units people think of together without there being a unit: Đà Lạt, the former provinces."""

    class Kind(models.TextChoices):
        PLANNING_AREA = "planning_area"
        FORMER_PROVINCE = "former_province"
        FORMER_DISTRICT = "former_district"
        REGION = "region"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    folded = models.CharField(max_length=160, editable=False)
    note = models.CharField(max_length=300, blank=True)
    legal_ref = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.slug


class PlaceGroupMember(models.Model):
    """A unit belongs to a group from a day to a day."""

    group = models.ForeignKey(PlaceGroup, on_delete=models.CASCADE, related_name="members")
    code = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "code", "valid_from"], name="places_member_once")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.code}"


class HexCell(models.Model):
    """Where a unit stands on the schematic map: one equal hexagon each, odd rows shifted right by half a cell."""

    layout = models.CharField(max_length=20)
    code = models.CharField(max_length=12)
    col = models.SmallIntegerField()
    row = models.SmallIntegerField()
    label = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["layout", "code"], name="places_hex_one_cell"),
            models.UniqueConstraint(fields=["layout", "col", "row"], name="places_hex_one_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.layout} {self.code} {self.col},{self.row}"


class BoundaryPackage(models.Model):
    """A set of boundaries somebody loaded. They are for looking at, never the legal boundary."""

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    attribution = models.CharField(max_length=500)
    province_code = models.CharField(max_length=12)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=200)
    units = models.PositiveIntegerField()
    points_read = models.PositiveIntegerField()
    points_kept = models.PositiveIntegerField()
    is_current = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province_code"], condition=Q(is_current=True), name="places_one_current_package"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.loaded_at:%Y-%m-%d})"


class Boundary(models.Model):
    """The boundary of one unit: as read, for finding points; and simplified, for drawing."""

    package = models.ForeignKey(BoundaryPackage, on_delete=models.CASCADE, related_name="boundaries")
    code = models.CharField(max_length=12)
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    # GeoJSON coordinates of a MultiPolygon: polygons of rings of [longitude, latitude].
    exact = models.JSONField()
    drawn = models.JSONField()
    neighbours = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "boundaries"
        constraints = [models.UniqueConstraint(fields=["package", "code"], name="places_boundary_once")]

    def __str__(self) -> str:
        return f"{self.package_id} {self.code}"


class Revision(models.Model):
    """One row whose token changes with every change of any unit: what processes compare their copies with."""

    token = models.UUIDField()

    def __str__(self) -> str:
        return str(self.token)
