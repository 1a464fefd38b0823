// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchors} from "./IAnchors.sol";
import {IBatch} from "./IBatch.sol";
import {IBounties} from "./IBounties.sol";
import {IDomain} from "./IDomain.sol";
import {IGrants} from "./IGrants.sol";
import {IReads} from "./IReads.sol";
import {IRelationships} from "./IRelationships.sol";
import {ISummaries} from "./ISummaries.sol";

/// @title Everything a Ledger answers and emits, for contracts that call one
interface ILedger is
    IDomain,
    IBatch,
    IRelationships,
    IGrants,
    IAnchors,
    ISummaries,
    IBounties,
    IReads
{}
