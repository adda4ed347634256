"""The same citizen in two windows at once: one record, one account."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from langbiang.foundation.accounts import services
from langbiang.foundation.accounts.models import Account, ExternalIdentity

CLAIMS = {"sub": "s-1", "identity_no": "068190000017", "full_name": "Nguyễn Thị Mai", "sex": "female"}


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_account() -> None:
    def come(_number: int) -> int:
        try:
            return services.account_for_citizen(CLAIMS, issuer="http://issuer", at=timezone.now()).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as windows:
        assert len(set(windows.map(come, range(16)))) == 1
    assert (Account.objects.count(), ExternalIdentity.objects.count()) == (1, 1)
